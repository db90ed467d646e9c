# SPDX-License-Identifier: GPL-2.0-only
# Sourced. A private apt: its own source list, index and cache under build/,
# so that the user's apt configuration is neither changed nor depended upon.
# The mirror is the one that the machine's own configuration names.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
IMAGE_SUITE=trixie          # dom0 images and the Xen source come from here

host_codename() { (. /etc/os-release && echo "${VERSION_CODENAME:-}"); }

# Every archive of the user's configuration that claims to serve Debian's own
# release; which of them really does is settled by the archive's signature.
mirror_candidates() {
    local name
    name=$(host_codename)
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(CREATED_BY)' |
        awk -v n="$name" '$4 == "Packages" && $3 == "main" &&
            ($2 == n || $2 == "stable" || $2 == "oldstable" || $2 == "testing") { print $1 }' |
        sort -u
}

# apt_dir NAME STATUS: options that point apt at build/apt/NAME.
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

# The first candidate whose index is signed by Debian.
find_mirror() {
    local uri dir=$BUILD/apt/probe
    if [ -s "$BUILD/apt/mirror" ]; then
        cat "$BUILD/apt/mirror"
        return
    fi
    apt_opts probe
    for uri in $(mirror_candidates); do
        echo "deb [signed-by=$KEYRING] $uri $IMAGE_SUITE main" >"$dir/sources.list"
        if apt-get "${APT_OPTS[@]}" -o APT::Update::Error-Mode=any update >"$dir/log" 2>&1; then
            echo "$uri" | tee "$BUILD/apt/mirror"
            return
        fi
    done
    die "no archive in the machine's apt configuration serves Debian $IMAGE_SUITE" \
        "(tried: $(mirror_candidates | tr '\n' ' '); see ${dir#"$TOP"/}/log)"
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

# Packages for this machine: its own release, and backports where QEMU is too old.
apt_host() {
    local name mirror lines
    name=$(host_codename)
    mirror=$(find_mirror)
    lines="deb [signed-by=$KEYRING] $mirror $name main"
    lines+=$'\n'"deb [signed-by=$KEYRING] $mirror $name-updates main"
    [ "$name" != bookworm ] ||
        lines+=$'\n'"deb [signed-by=$KEYRING] $mirror $name-backports main"
    apt_source host "$lines"
}

# Sources and binaries of the image's release; nothing of it is installed here.
apt_image() {
    local mirror
    mirror=$(find_mirror)
    apt_source image "deb [signed-by=$KEYRING] $mirror $IMAGE_SUITE main
deb-src [signed-by=$KEYRING] $mirror $IMAGE_SUITE main"
}
