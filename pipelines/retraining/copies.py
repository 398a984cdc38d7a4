"""Which of many files are copies of each other, wholly or in part: the desk's search, for any files."""

from collections import Counter, defaultdict

from core.fingerprints import Fingerprint
from pipelines.provenance.fingerprints import Stretch, stretches
from pipelines.provenance.near_copies import COMPARED, asked_keys, index_keys


class Copies:
    """Fingerprints, found by the pieces of their hashes."""

    def __init__(self) -> None:
        self._prints: dict[str, Fingerprint] = {}
        self._by_key: dict[int, list[str]] = defaultdict(list)

    def add(self, name: str, prints: Fingerprint) -> None:
        """One more file."""
        self._prints[name] = prints
        for key in index_keys(prints) if len(prints) else ():
            self._by_key[key].append(name)

    def of(self, prints: Fingerprint) -> dict[str, list[Stretch]]:
        """What each of the files has in common with this one; those that have nothing are left out."""
        if not len(prints):
            return {}
        shared = Counter(name for key in asked_keys(prints) for name in self._by_key.get(key, ()))
        found = {name: stretches(prints, self._prints[name]) for name, _ in shared.most_common(COMPARED)}
        return {name: common for name, common in found.items() if common}


def covered(prints: Fingerprint, common: list[Stretch]) -> float:
    """Share of this file, 0–1, that lies in the `common` stretches."""
    if len(prints) < 2:
        return float(bool(common))
    length = float(prints.times[-1] - prints.times[0])
    return min(1.0, sum(one.end - one.start for one in common) / length) if length else 1.0
