"""The profile tuio: a client written from the specification knows at every moment who is there."""

import platform
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.osc.profiles import Tuio
from engine.values import EngineStatus
from tests.ears import messages
from tests.scenes import scene, track

STATUS = EngineStatus()


@dataclass
class Client:
    """A TUIO 1.1 client: a frame counts from its fseq on, and an old one does not."""

    last: int = 0
    known: dict[str, dict[int, tuple]] = field(default_factory=lambda: {"/tuio/2Dobj": {}, "/tuio/2Dblb": {}})
    news: dict[str, dict[int, tuple]] = field(default_factory=lambda: {"/tuio/2Dobj": {}, "/tuio/2Dblb": {}})
    alive: dict[str, set[int]] = field(default_factory=dict)

    def hear(self, part: bytes) -> None:
        heard = [(address, word) for address, word, *_ in messages([part])]
        assert [word for _, word in heard if word != "set"] == ["source", "alive", "fseq"]
        assert len({address for address, _ in heard}) == 1  # a bundle is of one profile
        for address, word, *rest in messages([part]):
            if word == "alive":
                self.alive[address] = set(rest)
            elif word == "set":
                self.news[address][rest[0]] = tuple(rest[1:])
            elif word == "fseq":
                assert rest == [-1] or rest[0] >= self.last
                self.last = max(self.last, rest[0])
                known = self.known[address] | self.news[address]
                self.known[address] = {id: known[id] for id in self.alive[address] if id in known}
                self.news[address] = {}


def test_objects_and_blobs_word_for_word(monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "studio")
    one = track(id=7, slot=2, label=3, x=0.25, y=0.5, w=0.125, h=0.75, vx=-1.0, vy=2.0)
    assert messages(Tuio()(scene(index=42, tracks=[one, replace(one, id=9)]), STATUS)) == [
        ("/tuio/2Dobj", "source", "neocog@studio"),
        ("/tuio/2Dobj", "alive", 7, 9),
        *[("/tuio/2Dobj", "set", id, 3, 0.25, 0.5, 0, -1.0, 2.0, 0, 0, 0) for id in (7, 9)],
        ("/tuio/2Dobj", "fseq", 42),
        ("/tuio/2Dblb", "source", "neocog@studio"),
        ("/tuio/2Dblb", "alive", 7, 9),
        *[("/tuio/2Dblb", "set", id, 0.25, 0.5, 0, 0.125, 0.75, 0.09375, -1.0, 2.0, 0, 0, 0) for id in (7, 9)],
        ("/tuio/2Dblb", "fseq", 42),
    ]


def test_what_is_no_news_has_no_number_of_its_own():
    profile, one = Tuio(), track(id=7)

    def fseq(*arguments, **options):
        return {
            message[2] for message in messages(profile(scene(*arguments, **options), STATUS)) if message[1] == "fseq"
        }

    assert fseq(index=1) == {1}  # the first frame, although it is empty
    assert fseq(index=2) == {-1}  # still nobody
    assert fseq(index=3, tracks=[one], born=[one]) == {3}
    assert fseq(index=3, tracks=[one]) == {-1}  # the same frame again, because nothing new came
    assert fseq(index=4, tracks=[one]) == {4}
    assert fseq(index=4, gone=[one]) == {4}  # goodbye
    assert fseq(index=5) == {-1}


@pytest.mark.parametrize("limit", [1000, 1432])
@given(st.lists(st.sets(st.integers(1, 90)), max_size=8))
def test_a_client_knows_who_is_there_however_many_datagrams_it_takes(limit, crowds):
    profile, client, before = Tuio(limit=limit), Client(), set()
    for index, ids in enumerate(crowds):
        tracks = [track(id=id, slot=id, x=id / 128) for id in sorted(ids)]
        born, gone = [one for one in tracks if one.id not in before], [track(id=id) for id in before - ids]
        for part in profile(scene(index=index, tracks=tracks, born=born, gone=gone), STATUS):
            assert len(part) <= limit
            client.hear(part)
        assert client.known["/tuio/2Dobj"].keys() == client.known["/tuio/2Dblb"].keys() == ids
        assert all(said[1] == id / 128 for id, said in client.known["/tuio/2Dobj"].items())
        before = ids
