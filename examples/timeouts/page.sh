#!/bin/sh
# Stands in for a pager gateway that is busy at the first try. What it did goes to pages.log.
#
#   page.sh KEY TEXT    KEY is the same for all tries of one page, so that a gateway can tell a repeat from a new one
set -eu
if ! grep -qsxF "busy $1" pages.log; then
    echo "busy $1" >> pages.log
    echo "the gateway is busy" >&2
    exit 75
fi
echo "paged $1: $2" >> pages.log
