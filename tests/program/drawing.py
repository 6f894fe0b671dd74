"""Small real runs to draw figures of, and how the scripts of analysis/ are started."""
import os
import subprocess

from program import DYSON, ROOT, environment

ANALYSIS = os.path.join(ROOT, "analysis")
FIGURES = ("fig2_target_spectrum", "fig3_histograms", "fig5_spacings", "fig5_densities",
           "fig6_scaling", "fig7_repulsion", "initial_spectrum", "increments", "relaxation")

# Six visible nodes: targets 4, 5 (twice), 7 (twice), 8; enough updates to come near the stationary
# law.  The last snapshots are close, with W: for the noise of one update and for relaxation.
RUN_FILE = """[ensemble]
model = rbm
replicas = {replicas}
seed = 7
updates = 3000
snapshots = 0 2900 2960 2980 2990 2999 3000
weights = all

[rbm]
visible = 6
hidden = 6
mass2 = 9.0
target_mass2 = 4.0
sampler = collapsed

[sweep learning-rate]
learning_rate = 0.05 0.1
batch_size = 8

[sweep batch-size]
learning_rate = 0.1
batch_size = 8 16
"""

# Two students: one whose teacher's eigenvalues agree, one whose do not.
STUDENT_FILE = """[ensemble]
model = teacher-student
replicas = 300
seed = 7
updates = 160
snapshots = 1

[teacher-student]
teacher = {teacher}

[sweep learning-rate]
learning_rate = 0.1 0.5
batch_size = 16
noise = 0.5

[sweep batch-size]
learning_rate = 0.1
batch_size = 4 16
noise = 0.5

[sweep noise]
learning_rate = 0.1
batch_size = 16
noise = 0.2 0.5
"""


def python(script, *arguments, cwd):
    command = ["/usr/bin/python3", os.path.join(ANALYSIS, script), *arguments]
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240,
                            env=environment())
    return result.returncode, result.stdout, result.stderr


def program(*arguments, cwd):
    subprocess.run([DYSON, *arguments], cwd=cwd, check=True, capture_output=True, timeout=240,
                   env=environment())


def train(folder, name, replicas, *arguments):
    train_text(folder, name, RUN_FILE.format(replicas=replicas), *arguments)


def train_text(folder, name, text, *arguments):
    with open(os.path.join(folder, name + ".ini"), "w") as file:
        file.write(text)
    program("run", name + ".ini", *arguments, cwd=folder)
    program("stats", name + ".h5", cwd=folder)
