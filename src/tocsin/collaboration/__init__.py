"""What people do together on an incident: tasks, comments, attachments, progress reports."""
