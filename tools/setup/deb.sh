#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deb.sh [OUT]: Debian packages for trixie, in build/deb (or OUT), made in a trixie
# root below build/. What git knows of the working tree and build/xen/tree go in; the
# version and all times are the last commit's.
# FOR=arm64: those for arm64, compiled here, in build/deb/arm64.
# WITH="COMMAND..." runs the build by that command, MAKE_IN=DIR in that folder of the
# root: two builds that differ in both give the same packages (check-deb.sh).

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apt.sh"
. "$(dirname "$0")/chroot.sh"
. "$(dirname "$0")/series.sh"

RELEASE=$IMAGE_SUITE
FOR=${FOR:-amd64}
FOLDER=${MAKE_IN:-/build}
LIBS="libjansson-dev libpci-dev libfdt-dev libxen-dev pkgconf"
case $FOR in
amd64) ROOT=$BUILD/deb/root OUT=${1:-$BUILD/deb}
       BUILDS="build-essential debhelper $LIBS bison flex python3" JUDGES="lintian promtool zsh fish" ;;
arm64) ROOT=$BUILD/deb/root-arm64 OUT=${1:-$BUILD/deb/arm64}
       # shellcheck disable=SC2086
       BUILDS="build-essential crossbuild-essential-arm64 debhelper $(printf '%s:arm64 ' $LIBS)bison flex python3" JUDGES= ;;
*)     die "packages are made for amd64 and arm64, not for $FOR" ;;
esac
PARTS=(COPYING README.md docs drivers arch packaging tools/xen-iommu tools/setup/xen-config)

# In the root, with processes and mounts of its own: in_root ARCHIVE COMMAND...
in_root() { unshare --mount --pid --fork --kill-child "$0" --enter "$ROOT" "$@" </dev/null; }

# A root that another list of packages made is made again.
trixie_root() {
    local base
    [ "$(cat "$ROOT.made" 2>/dev/null)" != "$RELEASE $BUILDS $JUDGES" ] || return 0
    base=$(mirror_bases "$(find_mirror)" | head -n 1)
    say ROOT "a $RELEASE to build packages in: ${ROOT#"$TOP"/}"
    rm -f "$ROOT.made"
    logged deb-root install_root "$RELEASE" "$ROOT" "$base" ca-certificates
    echo force-unsafe-io >"$ROOT/etc/dpkg/dpkg.cfg.d/unsafe"
    [ "$FOR" = amd64 ] || logged deb-root-arch in_root none dpkg --add-architecture "$FOR"
    logged deb-root-update in_root "$base" apt-get update
    # shellcheck disable=SC2086
    logged deb-root-packages in_root "$base" env DEBIAN_FRONTEND=noninteractive \
        apt-get -y --no-install-recommends install $BUILDS $JUDGES
    echo "$RELEASE $BUILDS $JUDGES" >"$ROOT.made"
}

git_() { git -c safe.directory='*' -C "$TOP" "$@"; }

# Xen's version, then the last commit's time, which grows; the change log and the tool name it.
version() {
    local dirty=
    [ -z "$(git_ status --porcelain --untracked-files=no -- "${PARTS[@]}")" ] || dirty=+m
    echo "$(xen_version "$BUILD/xen/pristine")$(makefile_var EXTRAVERSION "$BUILD/xen/pristine" | sed 's/\$.*//' | tr - '~')+g$(
        TZ=UTC git_ log -1 --date=format-local:%Y%m%d%H%M%S --format=%cd)$dirty"
}

changelog() {
    cat <<END
xen-iommu-groups ($VERSION) $RELEASE; urgency=medium

  * Built from commit $(git_ rev-parse HEAD).

 -- $(sed -n 's/^Maintainer: //p' "$TOP/packaging/debian/control")  $(TZ=UTC git_ log -1 --date='format-local:%a, %d %b %Y %H:%M:%S +0000' --format=%cd)
END
}

# The folder that debian/rules describes.
assemble() {
    local to=$1
    rm -rf "$to"
    mkdir -p "$to/xen-tree"
    git_ ls-files -z -- "${PARTS[@]}" | rsync -a --files-from=- --from0 --ignore-missing-args "$TOP/" "$to/"
    rsync -a --exclude='*.o' --exclude=/.from --exclude=/.patched --include=/Config.mk --include=/config/*** \
        --include=/COPYING --include=/xen/*** --exclude='/*' "$BUILD/xen/tree/" "$to/xen-tree/"
    cp -a "$TOP/packaging/debian" "$to/debian"
    changelog >"$to/debian/changelog"
    git_ rev-parse --short=10 HEAD >"$to/COMMIT"
}

# What the packages are made of, by content.
identity() {
    { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum); cat "$ROOT.made"; } | sha256sum
}

# In the root, as any builder would.
build() {
    local log=$BUILD/logs/setup/deb.log t0=$SECONDS
    mkdir -p "${log%/*}"
    say DEB "$VERSION $FOR (log build/logs/setup/deb.log)"
    # shellcheck disable=SC2086
    in_root none ${WITH:-} \
        sh -c 'cd "$1" && DEB_BUILD_OPTIONS="$2" exec dpkg-buildpackage -b -us -uc -a "$3"' - \
        "$FOLDER/source" "${OPTIONS:-parallel=$(nproc)} noautodbgsym" "$FOR" >"$log" 2>&1 ||
        { tail -n 25 "$log" >&2; die "the packages could not be built; the whole log: ${log#"$TOP"/}"; }
    mkdir -p "$OUT"
    rm -f "$OUT"/*.deb "$OUT/made"
    mv "$ROOT$FOLDER"/*.deb "$OUT/"
    rm -rf "${ROOT:?}$FOLDER"
    say DEB "took $((SECONDS - t0)) s"
}

main() {
    [ "$(id -u)" = 0 ] || die "only root can make and enter a root of Debian $RELEASE"
    [ "$(dpkg --print-architecture)" = amd64 ] || die "packages are made on amd64 only"
    git_ rev-parse HEAD >/dev/null 2>&1 || die "the version is the last commit's, and there is no git tree here"
    [ "$(xen_version "$BUILD/xen/pristine")" = 4.20 ] ||
        die "packages are made of Xen 4.20, whose tools $RELEASE has; this is $(xen_version "$BUILD/xen/pristine")"
    mkdir -p "$BUILD/deb"
    trixie_root
    VERSION=$(version)
    assemble "$ROOT$FOLDER/source"
    id=$(identity "$ROOT$FOLDER/source")
    if [ "$(cat "$OUT/made" 2>/dev/null)" != "$id" ]; then
        build
        echo "$id" >"$OUT/made"
    fi
    (cd "$OUT" && ls ./*.deb) | sed 's,^\./,  ,'
}

# The latter has namespaces of its own.
case ${1:-} in
--enter) enter "${@:2}" ;;
*)       with_lock deb main ;;
esac
