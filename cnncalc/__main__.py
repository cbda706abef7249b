"""Where the command line starts, as `cnncalc` and as `python -m cnncalc`: Ctrl-C ends it quietly at any moment."""

import atexit
import gc
import signal


def main(name: str | None = None) -> None:
    """Run the command line and exit."""
    # What a command makes is needed until it has printed its answer: collecting it early, and as the process ends,
    # would take a seventh of the time of `show`.
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
    # Until a command runs, and after it, there is nothing to tidy up: the signal ends the process without a traceback.
    # A shell starts jobs in the background with the signal ignored; that stays.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cnncalc.cli import main as program

    program(prog_name=name)


if __name__ == "__main__":
    main("python -m cnncalc")
