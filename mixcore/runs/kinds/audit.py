"""An audit of methods."""

from mixcore.runs.kinds import JobKind

KIND = JobKind(
    "Audit",
    request="mixcore.audit.audit_request:AuditRequest",
    doer="mixcore.audit.audit_job:run_audit",
)
