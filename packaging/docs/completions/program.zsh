#compdef @NAMES@
# zsh completion for @PROGRAM@, made from its parser

# The names of machines that have a definition or a control socket; reading two folders is quick, asking a program is not.
@FUNCTION@_machines() {
    local runtime=${STATEMACHINE_RUNTIME_DIR-}
    local -aU names
    if [[ -z $runtime ]]; then
        runtime=/run/statemachine
        [[ -d $runtime ]] || runtime=${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/statemachine}
        runtime=${runtime:-/tmp/statemachine-$UID}
    fi
    names=(/etc/statemachine/*.yaml(N:t:r) $runtime/control/*.sock(N:t:r) "$@")
    _describe -t machines machine names
}

@FUNCTION@_targets() {
    @FUNCTION@_machines ui
}

@FUNCTION@() {
@BODY@
}

@FUNCTION@ "$@"
