"""`dyson run` asked to stop, by signals and by time: it ends soon, with exit code 75, and what is done stays; gone
on with, the file's data are bit-identical to those of a run that nothing disturbed."""
import signal
import time
import unittest

from cut import REPLICAS, SECONDS_TO_STOP, UPDATES, Cut
from program import catches, fault, kill, ranks_of, reached, stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)

STUDENT = """[ensemble]
model = teacher-student
replicas = 4
seed = 1
updates = 100000
snapshots = 1

[teacher-student]
size = 512
teacher_value = 2.0
data = fresh

[sweep one]
learning_rate = 0.001
batch_size = 512
noise = 0.01
"""


class Stops(Cut):
    def test_signal_before_the_first_update(self):
        """While MPI starts, or soon after."""
        for delay in (0, 0.03, 0.1):
            self.remove("run.h5")
            process = self.start("run", "run.ini")
            while not catches(process.pid, signal.SIGTERM):
                self.assertIsNone(process.poll())
            time.sleep(delay)
            process.send_signal(signal.SIGTERM)
            self.assertStopped(process)

    def held(self, ranks=None):
        """A run whose ranks have stopped themselves after their 20th write, so that no machine is fast enough to
        finish before it is signalled, and the processes to be woken."""
        self.remove("run.h5")
        process = self.start("run", "run.ini", ranks=ranks, **fault("pwrite", ".h5", "all", 20, "after", "stop"))
        pids = lambda: ranks_of(process) if ranks else [process.pid]
        self.wait_until("the ranks' stop", lambda: len(pids()) == (ranks or 1) and all(map(stopped, pids())))
        return process, pids()

    def stop(self, target, number, ranks=None):
        """Signals a run that is under way, or those of its processes that target(process) names."""
        process, pids = self.held(ranks)
        victims = target(process)
        kill(victims, number)
        # What mpirun is told it tells its ranks.
        told = pids if victims == [process.pid] else victims
        self.wait_until("the signal", lambda: all(reached(pid, number) for pid in told))
        kill(pids, signal.SIGCONT)
        what = "%s, %d rank%s" % (number.name, ranks or 1, "s" if ranks else "")
        lines = self.assertStopped(process, what)
        self.assertIn("stopped by signal " + number.name[3:], lines[-2])

    def test_every_signal_to_a_program_without_mpirun(self):
        for number in SIGNALS:
            self.stop(lambda process: [process.pid], number)
        self.train("run.ini", ranks=3)
        self.assertWhole()

    def test_every_signal_to_all_ranks(self):
        """As srun does it."""
        for number in SIGNALS:
            self.stop(ranks_of, number, ranks=2)

    def test_signals_that_mpirun_hands_on(self):
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            self.stop(lambda process: [process.pid], number, ranks=3)
        self.train("run.ini", ranks=2)
        self.assertWhole()

    def test_signal_to_one_rank_stops_all(self):
        for victim in (0, 3):
            self.stop(lambda process: [ranks_of(process)[victim]], signal.SIGTERM, ranks=4)

    def test_signals_to_which_mpirun_kills(self):
        """It answers INT and TERM itself: what is done stays."""
        for number in (signal.SIGINT, signal.SIGTERM):
            process, pids = self.held(ranks=2)
            began = time.monotonic()
            process.send_signal(number)
            self.wait_until("the signal", lambda: all(reached(pid, signal.SIGTERM) for pid in pids))
            kill(pids, signal.SIGCONT)
            code, _, lines = self.finish(process)
            seconds = time.monotonic() - began
            print("%-40s %5.2f s to the end" % (number.name + " to mpirun", seconds))
            self.assertLess(seconds, SECONDS_TO_STOP)
            self.assertNotEqual(code, 0, lines)
            self.assertTruthful()

    def test_large_student_in_the_middle_of_an_update(self):
        """It is asked after every update; see docs/cluster.md for how long those take."""
        self.write("large.ini", STUDENT)
        process = self.start("run", "large.ini", "-o", "run.h5", ranks=2)
        self.wait_for_training("run.h5", 0)
        kill(ranks_of(process), signal.SIGUSR1)
        began = time.monotonic()
        code, _, lines = self.finish(process)
        print("%-40s %5.2f s to the end" % ("SIGUSR1, students of N = 512", time.monotonic() - began))
        self.assertLess(time.monotonic() - began, SECONDS_TO_STOP)
        self.assertEqual(code, 75, lines)

    def test_max_time(self):
        """A run too long for its time, twice; its first replicas are those of the undisturbed run."""
        self.write(replicas=100 * REPLICAS, updates=UPDATES)
        before = 0
        for ranks in (2, 3):
            lines = self.train("run.ini", "--max-time", "0:00:01", ranks=ranks, expect=75)
            self.assertIn("stopped by --max-time", lines[-2])
            self.assertEqual("(%d done before)" % before in lines[0], before > 0)
            after = self.assertTruthful()
            self.assertGreater(after, before)
            before = after

    def test_second_interrupt_ends_at_once(self):
        """With one rank frozen, the first INT cannot be agreed on; the second does not wait for that."""
        process, (first, second) = self.held(ranks=2)
        kill([first], signal.SIGINT)
        kill([first], signal.SIGCONT)
        # The first is taken when its handler has been put away for the second.
        self.wait_until("the first INT", lambda: not catches(first, signal.SIGINT))
        self.assertIsNone(process.poll())
        kill([first], signal.SIGINT)
        code, _, _ = self.finish(process)
        self.assertNotIn(code, (0, 75))
        self.assertTruthful()

    def test_frozen_rank_delays_but_loses_nothing(self):
        process, pids = self.held(ranks=3)
        kill(pids[::2], signal.SIGCONT)
        time.sleep(1)
        self.assertIsNone(process.poll())
        kill(pids, signal.SIGCONT)
        self.assertEqual(self.finish(process)[0], 0)
        self.assertWhole()


if __name__ == "__main__":
    unittest.main()
