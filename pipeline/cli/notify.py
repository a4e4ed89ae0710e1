"""Report killed runs, send the messages that no receiver has accepted yet, as the end of each run does, and print a
line for each one that is still not accepted. With --test, a test message is sent to every receiver that
`[Notifications]` in luigi.cfg and the secrets configure. Exit code 1 if a message was not accepted, or --test finds no
receiver.
"""

import argparse
import time

from pipeline import config, config_check
from pipeline.errors import PipelineError
from pipeline.operations import end_of_run, notifications
from pipeline.operations.channels import Message

SUMMARY = "send messages that no receiver has accepted yet, or a test message"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--test", action="store_true", help="send a test message to every receiver")


def run(options: argparse.Namespace) -> int:
    config_check.require_valid()
    settings, now_s = config.Notifications(), time.time()
    if options.test:
        names, secrets = notifications.configured_channels(settings)
        if not names:
            raise PipelineError(
                "notify: expected a receiver in [Notifications] of luigi.cfg or in the environment, found none; "
                "see docs/how-to/get-notified.md"
            )
        test = Message(f"test-{int(now_s)}", "test", "[ntsb] test message", "Notifications work.", {})
        notifications.enqueue([test], sorted(names), list(secrets.values()))
        print(f"Test message to {', '.join(sorted(names))}.")
    else:
        end_of_run.conclude_killed()
    problems = notifications.deliver(settings, now_s)
    if problems:
        print("\n".join(problems))
    return int(bool(problems))
