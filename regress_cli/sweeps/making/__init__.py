"""From points to outcomes: each point is a job, for a process of this machine or a worker elsewhere."""
