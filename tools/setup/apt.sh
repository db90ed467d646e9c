# SPDX-License-Identifier: GPL-2.0-only
# Sourced. A private apt: its own source list, index and cache under build/,
# so that the user's apt configuration is neither changed nor depended upon.
# The mirror is the one that the machine's own configuration names.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
IMAGE_SUITE=trixie          # dom0 images and the Xen source come from here

host_codename() { (. /etc/os-release && echo "${VERSION_CODENAME:-}"); }

# Archives of the user's configuration whose suite, as written there, matches an
# extended regular expression. Works before any index was fetched, and as any user.
#   configured REGEX
configured() {
    apt-get update --print-uris |
        sed -nE "s,^'([a-z][^']*)/dists/($1)/InRelease' .*,\1,p" | grep -v '^cdrom:' | sort -u || true
}

# Those that claim to serve Debian's own release; which of them really do is settled
# by the archive's signature.
mirror_candidates() { configured "$(host_codename)|$IMAGE_SUITE|stable|oldstable|testing"; }

# apt_opts NAME: options that point apt at build/apt/NAME.
apt_opts() {
    local dir=$BUILD/apt/$1
    APT_OPTS=(-o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=-
              -o Dir::Etc::preferences=- -o Dir::Etc::preferencesparts=-
              -o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache"
              -o APT::Sandbox::User=root -o Acquire::Languages=none
              -o Acquire::Retries=3 -o Acquire::http::Timeout=30
              -o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false
              -o DPkg::Lock::Timeout=600)
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
}

# served NAME TYPE URI SUITE: fetch the index of one suite into build/apt/NAME; fails
# if the archive has none that Debian signed.
served() {
    local dir=$BUILD/apt/$1
    apt_opts "$1"
    echo "$2 [signed-by=$KEYRING] $3 $4 main" >"$dir/sources.list"
    apt-get "${APT_OPTS[@]}" -o APT::Update::Error-Mode=any update >"$dir/log" 2>&1
}

# The first candidate whose index is signed by Debian.
find_mirror() {
    local uri found
    found=$(cat "$BUILD/apt/mirror" 2>/dev/null) || true
    for uri in $(mirror_candidates); do
        if [ "$uri" = "$found" ] || served probe deb "$uri" "$IMAGE_SUITE"; then
            echo "$uri" | tee "$BUILD/apt/mirror"
            return
        fi
    done
    die "no archive in the machine's apt configuration serves Debian $IMAGE_SUITE" \
        "(tried: $(mirror_candidates | tr '\n' ' '); see build/apt/probe/log)"
}

# find_security SUITE: the archive with that suite's security updates; none is no error.
find_security() {
    local uri mirror
    mirror=$(find_mirror)
    for uri in $(configured '.*-security') "$mirror-security"; do
        if served "probe-security" deb "$uri" "$1-security"; then
            echo "$uri"
            return
        fi
    done
}

# mirror_bases URI: the archives behind it, itself or what its list of mirrors names,
# which apt's own helper does not look into for a single file.
mirror_bases() {
    local list
    case $1 in
    mirror*)
        list=$BUILD/apt/mirrors
        rm -f "$list"
        apt_opts probe
        /usr/lib/apt/apt-helper "${APT_OPTS[@]}" download-file \
            "$(echo "$1" | sed 's,^mirror+,,; s,^mirror:,http:,')" "$list" >"$BUILD/apt/probe/log" 2>&1
        awk '!/^#/ && NF { sub(/\/+$/, "", $1); print $1 }' "$list" ;;
    *)  echo "$1" ;;
    esac
}

# apt_source NAME LINES: (re)write a source list and refresh its index once a day.
apt_source() {
    local dir=$BUILD/apt/$1
    apt_opts "$1"
    printf '%s\n' "$2" >"$dir/sources.list.new"
    if ! cmp -s "$dir/sources.list.new" "$dir/sources.list" ||
       [ -z "$(find "$dir/updated" -mtime -1 2>/dev/null)" ]; then
        mv "$dir/sources.list.new" "$dir/sources.list"
        say APT "refreshing the index of build/apt/$1"
        logged "apt-$1" apt-get "${APT_OPTS[@]}" -o APT::Update::Error-Mode=any update
        touch "$dir/updated"
    fi
}

# Packages for this machine: its own release with its updates. Who has a library of the security updates needs its headers from
# there as well.
apt_host() {
    local name mirror security lines
    name=$(host_codename)
    mirror=$(find_mirror)
    security=$(find_security "$name")
    lines="deb [signed-by=$KEYRING] $mirror $name main"
    ! served probe deb "$mirror" "$name-updates" ||
        lines+=$'\n'"deb [signed-by=$KEYRING] $mirror $name-updates main"
    [ -z "$security" ] || lines+=$'\n'"deb [signed-by=$KEYRING] $security $name-security main"
    apt_source host "$lines"
}

# apt_apart NAME ARCH SUITE...: packages of other releases; nothing of them is
# installed here, and what is installed does not count.
apt_apart() {
    local mirror suite lines=
    mirror=$(find_mirror)
    for suite in "${@:3}"; do
        lines+="${lines:+$'\n'}deb [arch=$2 signed-by=$KEYRING] $mirror $suite main"
    done
    apt_source "$1" "$lines"
    APT_OPTS+=(-o "APT::Architecture=$2" -o "APT::Architectures::=$2"
               -o "Dir::State::status=$BUILD/apt/$1/status")
    : >"$BUILD/apt/$1/status"
}

# apt_image ARCH: the image's release
apt_image() { apt_apart "image-$1" "$1" "$IMAGE_SUITE"; }
