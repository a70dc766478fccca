#!/bin/sh
# Starts both machines, orders three files, and ends with the machines.
set -eu
cd "$(dirname "$0")"

statemachine config/worker.yaml --machine-name worker &
worker=$!
statemachine config/controller.yaml --machine-name controller &
controller=$!
trap 'kill "$worker" "$controller" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM

statemachine-db send-event --target controller --type order --payload '{"files": ["a.png", "b.png", "two words.png"]}'
wait "$controller"
wait "$worker"
statemachine-db list --type shrink
