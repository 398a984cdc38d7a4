"""Names and sentences as they come up on a desk, in the scripts that they come in."""

from datetime import datetime

import numpy as np

SUBJECTS = (
    *("minister", "mayor", "harbour", "election", "protest", "press conference", "interview", "rally", "court"),
    *("hospital", "school", "border", "storm", "ferry", "market", "parliament", "village", "airport", "strike"),
    *("Straße am Hafen", "İstanbul mitingi", "Élysée discours", "Świętokrzyskie", "Αθήνα", "Київ вечір"),
    *("北京发布会", "習近平 講話", "東京都知事", "서울 기자회견", "مقابلة الوزير", "مظاهرة القاهرة", "תל אביב ראיון"),
)
THINGS = (
    *("speech", "statement", "phone video", "livestream", "excerpt", "reaction", "dashcam", "CCTV", "b-roll", "raw"),
    *("final", "crop", "subtitled", "reupload", "screen recording", "portrait", "passport photo", "profile picture"),
)
REASONS = (
    "The mouth does not follow the {subject} sound; the {thing} came from an account opened that week.",
    "Found the original of the {thing}: same {subject}, other face.",
    "Filmed from two sides by agencies; the {subject} {thing} agrees with both.",
    "Genuine, but it shows the {subject} of another year. The {thing} has been cropped.",
    "Edges at the hairline flicker whenever the head turns; the {subject} background stays.",
    "Too strongly compressed to say. Asked the sender of the {thing} for the file from the camera.",
    "Reverse image search: the {thing} has been online since before the {subject}.",
    "Skin without pores, ear rings that differ, text that is none: synthetic {subject} {thing}.",
)
NOTES = (
    "Lips late here, compare with the {thing}.",
    "Compression block, not a blend edge. Same in the {subject} background.",
    "Ask the {subject} desk who stands on the left.",
    "Reflection in the glasses does not match the {thing}.",
    "Cut: two shots of the {subject} joined.",
)
QUESTIONS = (
    "Is the {subject} {thing} genuine, and may we show it?",
    "Did the {subject} say this? The {thing} spreads since the morning.",
    "Where does the {thing} come from, and was it altered?",
)
OUTLETS = ("Night desk", "Foreign desk", "Politics", "Regional studio", "Fact check", "Legal", "")
TAGS = ("election", "conflict", "health", "crime", "celebrity", "deadline", "legal", "social media")


def name(draw: np.random.Generator, at: datetime, suffix: str) -> str:
    """A file name as cameras, messengers and people give them."""
    subject, thing, number = draw.choice(SUBJECTS), draw.choice(THINGS), int(draw.integers(1, 9999))
    forms = (
        f"{subject} {thing} {number}{suffix}",
        f"{subject}_{thing}_{number:04d}{suffix}".replace(" ", "_"),
        f"IMG_{at:%Y%m%d_%H%M%S}_{number:04d}{suffix}",
        f"VID-{at:%Y%m%d}-WA{number:04d}{suffix}",
        f"clip_{number:04d} ({subject}){suffix}",
    )
    return forms[int(draw.integers(len(forms)))]


def sentence(draw: np.random.Generator, forms: tuple[str, ...]) -> str:
    """One of the forms, filled in."""
    form = forms[int(draw.integers(len(forms)))]
    return form.format(subject=draw.choice(SUBJECTS), thing=draw.choice(THINGS))
