"""Fig. 9: the scaling rule in the teacher-student model, learning rate, mini-batch size and noise
varied in turn.  Its law is exact at every rate: in the lower panels a dash marks each point's own
prediction, sqrt(pi)/sqrt(1 - alpha/2) times the abscissa with infinite data, beside the line of
rate 0."""
import scaling
import style

NAME = "fig9_teacher_student"


def draw(run, _point=None):
    if run.model != "teacher-student":
        raise style.NotApplicable("not the teacher-student model")
    return scaling.scaling_figure(run, by_sweep=True, exact=True)
