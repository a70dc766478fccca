# bash completion for @PROGRAM@, made from its parser; bash calls it with COMP_WORDS (see "Programmable Completion" in bash(1))

# The names of machines that have a definition or a control socket; reading two folders is quick, asking a program is not.
@FUNCTION@_machines() {
    local runtime=${STATEMACHINE_RUNTIME_DIR-} file name
    local -A seen=()
    if [[ -z $runtime ]]; then
        runtime=/run/statemachine
        [[ -d $runtime ]] || runtime=${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/statemachine}
        runtime=${runtime:-/tmp/statemachine-$UID}
    fi
    for file in /etc/statemachine/*.yaml "$runtime"/control/*.sock; do
        name=${file##*/}
        name=${name%.*}
        [[ -e $file && $name =~ ^[A-Za-z0-9][A-Za-z0-9_.-]*$ ]] && seen[$name]=1
    done
    printf '%s\n' "${!seen[@]}"
}

# What a command takes: its options, those of them that need a value, and what its operands name.
@FUNCTION@_takes() {
    case $1 in
@TAKES@
        *) options='' valued='' operands=() several='' ;;
    esac
}

# What the value of an option names.
@FUNCTION@_value() {
    spec=text
    case "$1 $2" in
@VALUES@
    esac
}

# Completes $cur as a value of some kind.
@FUNCTION@_fill() {
    local -a found=()
    case $1 in
        words\ *) mapfile -t found < <(compgen -W "${1#words }" -- "$cur") ;;
        machine) mapfile -t found < <(compgen -W "$(@FUNCTION@_machines)" -- "$cur") ;;
        target) mapfile -t found < <(compgen -W "$(@FUNCTION@_machines) ui" -- "$cur") ;;
        file) mapfile -t found < <(compgen -f -- "$cur") ;;
        directory) mapfile -t found < <(compgen -d -- "$cur") ;;
        definition) mapfile -t found < <(compgen -d -- "$cur" && : ; compgen -f -X '!*.y*ml' -- "$cur") ;;
    esac
    case $1 in file | directory | definition) compopt -o filenames 2>/dev/null ;; esac
    COMPREPLY=("${found[@]/#/$lead}")
}

@FUNCTION@() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} lead='' glued=''
    local commands=@COMMANDS@ whole=@WHOLE@ command='' first=1
    local options valued several spec word
    local -a operands
    COMPREPLY=()
    # bash cuts words at '=', unless COMP_WORDBREAKS was changed.
    if [[ $cur == '=' ]]; then
        cur='' glued=yes
    elif [[ $prev == '=' ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]} glued=yes
    elif [[ $cur == --?*=* ]]; then
        prev=${cur%%=*} lead=$prev= cur=${cur#*=} glued=yes
    fi
    if [[ -n $commands ]]; then
        if ((COMP_CWORD == 1)); then
            @FUNCTION@_fill "words $commands $whole"
            return
        fi
        command=${COMP_WORDS[1]} first=2
    fi
    @FUNCTION@_takes "$command"
    local position=0 only_operands=''
    local -i i
    for ((i = first; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ -n $only_operands ]]; then
            position=$((position + 1))
        elif [[ $word == -- ]]; then
            only_operands=yes
        elif [[ ${COMP_WORDS[i + 1]} == '=' ]]; then
            i+=2
        elif [[ " $valued " == *" $word "* ]]; then
            i+=1
        elif [[ $word != -* ]]; then
            position=$((position + 1))
        fi
    done
    if [[ -z $only_operands ]]; then
        if [[ -n $glued || " $valued " == *" $prev "* ]]; then
            @FUNCTION@_value "$command" "$prev"
            @FUNCTION@_fill "$spec"
            return
        fi
        if [[ $cur == -* ]] || ((${#operands[@]} == 0)); then
            @FUNCTION@_fill "words $options"
            return
        fi
    fi
    [[ -z $several ]] || ((position < ${#operands[@]})) || position=$((${#operands[@]} - 1))
    @FUNCTION@_fill "${operands[position]:-text}"
}

complete -F @FUNCTION@ @NAMES@
