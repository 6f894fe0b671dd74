#!/bin/bash
# Trains several run files under SLURM, each by a job of its own, as a job array: task i the i-th run file.
# From the top of the repository, after `make`:
#   sbatch --array=1-3 jobs/array.sh a.ini b.ini c.ini       # writes a.h5, b.h5, c.h5
# For many small runs, or for pieces of a large one (first_replica); --array=1-100%8 runs eight at a time.
#SBATCH --job-name=dyson
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=8         # ranks of each task
#SBATCH --mem-per-cpu=200M          # of a rank; `dyson run --dry-run` says what a run needs
#SBATCH --time=04:00:00
#SBATCH --signal=USR1@300           # all ranks are warned five minutes before the end, or up to six
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=dyson-%A_%a.log
most_restarts=100

# module load gcc openmpi hdf5 gsl openblas scalapack         # what the program was built with

if [ -n "$(basename -a "$@" | sort | uniq -d)" ]; then
    echo "run files of one name would share an output: $(basename -a "$@" | sort | uniq -d | xargs)" >&2
    exit 64
fi
task=${SLURM_ARRAY_TASK_ID:?sbatch --array=1-N jobs/array.sh RUNFILE...}
run_file=${!task:?there is no run file for task $task: the array is longer than the list}
output=$(basename "${run_file%.ini}").h5
dyson=${DYSON:-$([ -x build/dyson ] && echo build/dyson || command -v dyson)}
: "${dyson:?neither build/dyson nor dyson on the PATH: set DYSON}"
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

# --wait: where a rank is killed, the others have a minute to leave.
srun --mpi="${SLURM_MPI_TYPE:-pmix}" --wait=60 "$dyson" run "$run_file" -o "$output"
code=$?

# 75: stopped early; the same task again goes on with what is pending.  Not where it was cancelled.  (The
# SLURM_JOB_ID of one of the tasks stands for the whole array.)
job=${SLURM_ARRAY_JOB_ID}_$task
[ $code = 75 ] || exit $code
if [ "${SLURM_RESTART_COUNT:-0}" -ge $most_restarts ]; then
    echo "not requeued: this was restart $most_restarts" >&2
    exit $code
fi
for _ in 1 2 3 4 5 6; do # a busy SLURM may not answer at once
    state=$(squeue --noheader --job="$job" --format=%T)
    case $state in
    RUNNING) scontrol requeue "$job" && exit $code ;;
    ?*) echo "not requeued: the job is $state" >&2 && exit $code ;;
    esac
    sleep 10
done
echo "not requeued: SLURM does not answer; submit the same job again to go on" >&2
exit $code
