"""The Luigi worker of a run: it holds the lock of the run, stops after errors in planning, retries only temporary
failures, and ends its tasks at once when it is interrupted.

Importing this module makes Luigi use the worker; Luigi has no setting for it.
"""

import contextlib
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from types import FrameType, TracebackType
from typing import Any

import luigi.interface
import luigi.scheduler
import luigi.worker
from luigi.cmdline_parser import CmdlineParser

from models.severity.tracking import store
from pipeline import config, config_check, output_folders, run_errors, run_lock, run_log
from pipeline.errors import PipelineError
from pipeline.tasks.base import Step
from pipeline.tasks.retries import is_retried
from pipeline.tasks.schedules import Schedule
from pipeline.tasks.severity import study_errors

SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130
# Seconds without a running task after which other workers are not expected to continue.
IDLE_POLLS = 3
# Seconds in which the process of a task ends after its result has arrived.
EXIT_TIMEOUT_S = 10


def root_schedule() -> str:
    """Return the schedule that the command line names, with its date; empty for another task."""
    parser = CmdlineParser.get_instance()
    task = parser.get_task_obj() if parser else None
    return str(task) if isinstance(task, Schedule) else ""


class RunWorker(luigi.worker.Worker):
    """Luigi's worker with the rules of this pipeline."""

    interrupted = False

    def __enter__(self) -> "RunWorker":
        """Lock the store and the database. Exits with `[retcode] already_running` if another run holds them."""
        self._stack = contextlib.ExitStack()
        self._processes: list[multiprocessing.process.BaseProcess] = []
        # With invalid settings planning fails, and the store may be the wrong one.
        if not config_check.find_mistakes():
            # Before the lock, which is in one of them: only empty folders are marked.
            output_folders.create_folders()
            try:
                self._stack.enter_context(run_lock.held("run", shared=not self._is_local()))
                if not self._is_local() and (schedule := root_schedule()):
                    self._stack.enter_context(run_lock.schedule_held(schedule))
            except run_lock.RunInProgress as error:
                print(error, file=sys.stderr)
                # The exit code of programs that call luigi.build; Luigi's command line exits with `already_running`.
                raise luigi.interface.PidLockAlreadyTakenExit(1) from error
            with study_errors():
                store.adopt(config.mlflow_folder())
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._stack.callback(signal.signal, number, signal.signal(number, self._interrupt))
        run_log.start_run()
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all tasks and release the locks."""
        if kind is not None:
            # Before Luigi waits for its thread.
            for process in self._running_tasks.values():
                if process.is_alive():
                    process.terminate()
        super().__exit__(kind, error, trace)
        # They share the locks: a task whose result has arrived may not have ended yet.
        try:
            for process in self._processes:
                # Without a process id, it could not be started.
                if process.pid is not None:
                    process.join(EXIT_TIMEOUT_S)
        finally:
            self._stack.close()
        if self.interrupted:
            print("Interrupted; run again to continue: completed tasks are not repeated.", file=sys.stderr)
            raise SystemExit(INTERRUPTED) from None

    def _is_local(self) -> bool:
        return isinstance(self._scheduler, luigi.scheduler.Scheduler)

    def run(self) -> bool:
        """Run the tasks, then wait for those that other workers of a shared scheduler run."""
        succeeded = bool(super().run())
        if not self._is_local():
            self._wait_for_others()
        last = {task.task_id: status for task, status, _ in self._add_task_history}
        # In memory: with a full disk, the events of the run may lack a failure.
        run_log.has_failed |= luigi.worker.FAILED in last.values()
        return succeeded

    def _wait_for_others(self) -> None:
        """Add tasks that other workers complete to the history: the exit code is that of the whole graph."""
        ended = {task.task_id for task, status, _ in self._add_task_history if status != luigi.worker.PENDING}
        planned = {task.task_id: task for task, *_ in self._add_task_history if task.task_id not in ended}
        idle = 0
        while planned and idle < IDLE_POLLS:
            for task in [task for task in planned.values() if task.complete()]:
                self._add_task_history.append((planned.pop(task.task_id), luigi.worker.DONE, True))
            # Between two tasks, none is running for a moment.
            idle = 0 if planned.keys() & self._scheduler.task_list(luigi.worker.RUNNING, "").keys() else idle + 1
            time.sleep(1 if planned else 0)
        if not planned:
            # What other workers ran while this one waited; Luigi would exit with `already_running`.
            self._get_work_response_history.clear()

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.interrupted = run_log.is_interrupted = True
        raise KeyboardInterrupt

    def _check_interrupt(self) -> None:
        """Raise KeyboardInterrupt again, in case it was raised where Python ignores exceptions, as in a finalizer."""
        if self.interrupted:
            raise KeyboardInterrupt

    def add(self, *arguments: Any, **options: Any) -> bool:
        """Plan a task. After an error, no task is started: Luigi would wait for the unplanned ones forever."""
        task = arguments[0] if arguments else options["task"]
        # To Luigi, sections of luigi.cfg and base classes are tasks too; a base class says nowhere when it is complete.
        is_base = (type(task).output, type(task).complete) == (luigi.Task.output, Step.complete)
        if isinstance(task, luigi.Config) or is_base:
            raise PipelineError(run_errors.describe_unknown_task(task.task_family))
        try:
            if not super().add(*arguments, **options):
                self._start_phasing_out()
        except SystemExit as error:
            # Not an exception to Luigi: the run would end with this code, and with 0 as if it had succeeded.
            raise PipelineError(
                f"planning of {task}: expected complete() and requires() to return, found an exit with {error.code}; "
                "correct the task"
            ) from error
        # Again, because planning may have started the database, which the summary queries.
        run_log.start_run()
        return bool(self.add_succeeded)

    def _create_task_process(self, task: luigi.Task) -> Any:
        """Return the process of a task, with the timeout and the imports of its class."""
        timeouts = config.Operations().task_timeouts_s
        if task.worker_timeout is None and task.task_family in timeouts:
            task.worker_timeout = int(timeouts[task.task_family])
        for module in task.preloaded if isinstance(task, Step) else ():
            # An error is the task's: it imports the module again.
            with contextlib.suppress(Exception):
                importlib.import_module(module)
        process = super()._create_task_process(task)
        if process.use_multiprocessing:
            self._processes = [other for other in self._processes if other.exitcode is None] + [process]
        return process

    def _get_work(self) -> Any:
        self._check_interrupt()
        return super()._get_work()

    def _handle_next_task(self) -> None:
        self._check_interrupt()
        super()._handle_next_task()

    def _add_task(self, *arguments: Any, **options: Any) -> None:
        """Tell the scheduler the state of a task; a failure that is not temporary is its last attempt."""
        self._check_interrupt()
        if options["status"] == luigi.worker.FAILED and not is_retried(options.get("expl") or ""):
            options["retry_policy_dict"] = {"retry_count": 1}
            # The scheduler counts a failure before it reads the policy.
            self._scheduler.add_task(**options | {"status": luigi.worker.RUNNING})
        super()._add_task(*arguments, **options)


class WorkerFactory(luigi.interface._WorkerSchedulerFactory):
    """Luigi's factory, with RunWorker."""

    def create_worker(self, scheduler: Any, worker_processes: int, assistant: bool = False) -> RunWorker:
        """Return the worker."""
        return RunWorker(scheduler=scheduler, worker_processes=worker_processes, assistant=assistant)


def restore_signals() -> None:
    """End a task at once when it is interrupted, even if it waits for the database."""
    for number in SIGNALS:
        if getattr(signal.getsignal(number), "__func__", None) is RunWorker._interrupt:
            signal.signal(number, signal.SIG_DFL)


luigi.interface._WorkerSchedulerFactory = WorkerFactory
if sys.platform == "linux":
    # Since 3.14, Python starts processes in another way by default, in which tasks ignore settings of the command line
    # and import all libraries again.
    multiprocessing.set_start_method("fork", force=True)
os.register_at_fork(after_in_child=restore_signals)
