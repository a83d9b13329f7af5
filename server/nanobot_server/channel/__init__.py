"""Lines of JSON between OS processes of one user: fronts, workspace hosts, the model host.

Suggested reading order: `runtime_folder` (where sockets lie), `wire` (a line), `connection`
(the host's side), `line_client` (the other side), `host_life` and `host_start` (how a host
begins and ends). What is said is for the hosts to know.
"""
