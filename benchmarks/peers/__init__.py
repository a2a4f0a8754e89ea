"""The same job, written plainly with other libraries; each file runs in an environment of its own."""
