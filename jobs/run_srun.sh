#!/bin/bash
# Trains a run file under SLURM, on one node or many, its ranks started by srun.  From the top of the
# repository, after `make`:
#   sbatch jobs/run_srun.sh RUNFILE [OUTPUT.h5]
# What stands here can be said on sbatch's command line too: sbatch -N 4 -A account jobs/run_srun.sh my.ini
#SBATCH --job-name=dyson
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=64        # ranks: one for each core
#SBATCH --mem-per-cpu=200M          # of a rank; `dyson run --dry-run` says what a run needs
#SBATCH --time=04:00:00
#SBATCH --signal=USR1@300           # all ranks are warned five minutes before the end, or up to six
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=dyson-%j.log
most_restarts=100

# module load gcc openmpi hdf5 gsl openblas scalapack         # what the program was built with

run_file=${1:?a run file is missing: sbatch jobs/run_srun.sh RUNFILE [OUTPUT.h5]}
output=${2:-$(basename "${run_file%.ini}").h5}
dyson=${DYSON:-$([ -x build/dyson ] && echo build/dyson || command -v dyson)}
: "${dyson:?neither build/dyson nor dyson on the PATH: set DYSON}"
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

# --wait: where a rank is killed, the others have a minute to leave.
srun --mpi="${SLURM_MPI_TYPE:-pmix}" --wait=60 "$dyson" run "$run_file" -o "$output"
code=$?

# 75: stopped early; the same job again goes on with what is pending.  Not where the job was cancelled.
job=$SLURM_JOB_ID
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
