# SPDX-License-Identifier: GPL-2.0-only
# Sourced, after lib.sh and apt.sh. Roots of Debian releases that are installed and
# entered: only root can. What is mounted is seen in a namespace of its own, and gone
# with the last process of it. The machine lends its apt configuration, name service
# and proxies.

# The archive's lines of a release, as its installer would write them.
sources() {
    local release=$1 base=$2 security
    echo "deb $base $release main"
    ! served probe deb "$base" "$release-updates" || echo "deb $base $release-updates main"
    security=$(find_security "$release")
    [ -z "$security" ] || echo "deb $(mirror_bases "$security" | head -n 1) $release-security main"
}

# How this machine reaches archives; what is about files of its own is left out.
lend_network() {
    local root=$1
    apt-config dump Acquire | grep -v '"/\|AllowUntrusted\|AllowInsecure' >"$root/etc/apt/apt.conf.d/00machine" || true
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
}

# install_root RELEASE ROOT ARCHIVE PACKAGE,PACKAGE... [ARCH]
install_root() {
    local release=$1 root=$2 base=$3
    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    debootstrap ${5:+--arch="$5"} --variant=minbase --include="$4" --keyring="$KEYRING" \
        "$release" "$root" "$(echo "$base" | sed 's,^copy:,file:,; s,^file:/*,file:///,')"
    sources "$release" "$base" >"$root/etc/apt/sources.list"
    lend_network "$root"
}

# In a mount and a process namespace of its own: enter ROOT ARCHIVE COMMAND...
enter() {
    local root=$1 local_archive
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount --rbind /dev "$root/dev"
    case $2 in
    file:*|copy:*)
        local_archive=/${2#*:}
        mkdir -p "$root$local_archive"
        mount --bind "$local_archive" "$root$local_archive" ;;
    esac
    exec chroot "$root" env -i HOME=/root TERM="${TERM:-dumb}" \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
        timeout "${SECONDS_EACH:-7200}" "${@:3}"
}
