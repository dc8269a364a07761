"""The outline of talk and pledge: the built-in version, and publishing a new one."""
