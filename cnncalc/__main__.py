"""Where the command line starts, as `cnncalc` and as `python -m cnncalc`: Ctrl-C ends it quietly at any moment."""

import signal


def main(name: str | None = None) -> None:
    """Run the command line and exit."""
    # Until a command runs, and after it, there is nothing to tidy up: the signal ends the process without a traceback.
    # A shell starts jobs in the background with the signal ignored; that stays. What is left is Python's own start.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    import atexit
    import gc

    # What a command makes is needed until it has printed its answer: collecting it early, and as the process ends,
    # would take a seventh of the time of `show`.
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
    from cnncalc.cli import main as program

    program(prog_name=name)


if __name__ == "__main__":
    main("python -m cnncalc")
