"""One run: what it is, how it goes, and what its samples looked like on the way."""

import streamlit as st

from dashboard.components.lab_charts import diversity_chart, losses_chart, quality_chart
from dashboard.components.wording import plain
from pipelines.lab import runs
from pipelines.lab.runs import LabRun

WIDTH = 512  # px: small faces look better small
SHIPPED = "It came with Telltale, without the journal that curves are drawn from. Its figures: docs/generators.md."
SYNTHETIC = "Synthetic: nobody on these pictures exists."


def run_panel(run: LabRun) -> None:
    """Facts, grids over time, curves."""
    st.markdown(f"###### {plain(run.label)}")
    st.caption(_facts(run))
    for warning in runs.warnings(run)[:2]:
        st.warning(plain(warning), icon=":material/warning:")
    _grids(run)
    table, looks = runs.curves(run), runs.looks(run)
    if not looks.empty:
        st.caption("Distance to real pictures; lower is nearer")
        _plot(quality_chart(looks), f"kid-{run.label}")
        st.caption("Variety beside real pictures; far below 1 the generator has collapsed")
        _plot(diversity_chart(looks), f"diversity-{run.label}")
    if run.shipped and table.empty:
        st.caption(SHIPPED)
    if not table.empty:
        st.caption("What each side minimises; in a GAN neither falls for long, for the other learns too")
        _plot(losses_chart(table), f"loss-{run.label}")


def _plot(figure: object, key: str) -> None:
    st.plotly_chart(figure, key=key, config={"displayModeBar": False})


def _facts(run: LabRun) -> str:
    if run.facts is None:
        return "No checkpoint yet: it has begun, or ended before it could keep anything."
    facts, recipe = run.facts, run.facts.recipe
    shown, minutes = f"{facts.shown / 1000:,.0f} thousand pictures", f"{facts.seconds / 60:,.0f} min of learning"
    return f"{recipe.model} · {recipe.size} px · step {facts.steps:,} · {shown} · {minutes}"


def _grids(run: LabRun) -> None:
    grids = runs.grids(run)
    if not grids:
        st.caption("No samples yet. They come with the first look at the run, after an epoch.")
        return
    steps = list(grids)
    chosen = steps[-1]
    if len(steps) > 1:
        chosen = st.select_slider("Samples at step", steps, value=steps[-1], key=f"grid-{run.label}")
    st.image(str(grids[chosen]), caption=f"Step {chosen:,}, always of the same noise. {SYNTHETIC}", width=WIDTH)
