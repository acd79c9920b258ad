"""One input a file: files, syslog, HTTP."""
