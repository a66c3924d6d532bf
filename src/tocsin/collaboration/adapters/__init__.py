"""The world outside: the object store of attachments (`files`), Markdown to safe HTML (`markup`)."""
