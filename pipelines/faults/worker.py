"""A worker as `pipelines.worker` starts it, in a world where the shared storage may be faulty."""

from pipelines import worker
from pipelines.faults import storage

if __name__ == "__main__":
    storage.register()
    worker.main()
