import gc
import threading

from nanobot_server.host.collection_pause import collection_paused


def test_collection_goes_on_when_the_last_who_paused_it_is_done() -> None:
    assert gc.isenabled()
    entered, leaves = threading.Event(), threading.Event()

    def pause() -> None:
        with collection_paused():
            entered.set()
            leaves.wait(30)

    other = threading.Thread(target=pause)
    with collection_paused():
        other.start()
        assert entered.wait(30)
    was_enabled = gc.isenabled()
    leaves.set()
    other.join()

    assert not was_enabled
    assert gc.isenabled()
