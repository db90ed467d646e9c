#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# toolstack.sh x86|arm64: build/toolstack/ARCH/root, the toolstack of build/xen/pristine,
# where that is not the version whose tools the dom0 image has. overlay.py lays it over
# the image, below /usr/lib/xen-VERSION.
#
# xl and Xen belong together: the numbers of their interfaces change between versions.
# It is linked with the libraries of the image's release, whatever release this is.

. "$(dirname "$0")/../../setup/lib.sh"
. "$(dirname "$0")/../../setup/apt.sh"
. "$(dirname "$0")/packages.sh"
. "$(dirname "$0")/../../setup/root.sh"
. "$(dirname "$0")/../../setup/series.sh"

PRISTINE=$BUILD/xen/pristine

# A C library and what the tools are linked with, to compile and link for the image.
sysroot() {
    [ ! -f "$OUT/sysroot.done" ] || return 0
    rm -rf "$OUT/sysroot"
    mkdir -p "$OUT/sysroot"
    (apt_image "$DEB_ARCH"
     unpack_root "$OUT/sysroot" "image-$DEB_ARCH" \
         libc6-dev libyajl-dev uuid-dev zlib1g-dev libncurses-dev libfdt-dev)
    touch "$OUT/sysroot.done"
}

# Cross compiling, on x86 as well: configure then wants nothing of this machine's Python.
configure_tools() {
    local libs=$OUT/sysroot/usr/lib/$TRIPLET
    cd "$OUT/src"
    env PKG_CONFIG_LIBDIR="$libs/pkgconfig:$OUT/sysroot/usr/share/pkgconfig" \
        PKG_CONFIG_SYSROOT_DIR="$OUT/sysroot" CC="$TOOLS_CC" \
        ./configure --build=x86_64-pc-linux-gnu --host="$TRIPLET" --prefix="$PREFIX" \
        --libdir="$PREFIX/lib" --sbindir="$PREFIX/bin" --libexecdir="$PREFIX/libexec" \
        --sysconfdir=/etc --localstatedir=/var --with-system-qemu=/usr/bin/false \
        --disable-docs --disable-stubdom --disable-ocamltools --disable-golang \
        --disable-rombios --disable-seabios --disable-ovmf --disable-pvshim --disable-systemd
}

make_in() {
    env -u MAKEFLAGS -u MAKELEVEL -u ARCH -u DEBUG make -C "$OUT/src/tools/$1" \
        XEN_TARGET_ARCH="$XEN_ARCH" CROSS_COMPILE="$TRIPLET-" CC="$TOOLS_CC" "${@:2}"
}

make_tools() {
    local dir
    make_in include all
    for dir in libs xenstored xs-clients console helpers misc xl; do
        make_in $dir -j"$(nproc)" DESTDIR="$OUT/root.new" install
    done
}

build() {
    sysroot
    say TOOLS "those of Xen $VERSION, $ARCH"
    rm -rf "$OUT/root" "$OUT/root.new"
    rsync -a --delete "$PRISTINE/" "$OUT/src/"
    logged "toolstack-configure-$ARCH" configure_tools
    logged "toolstack-$ARCH" make_tools
    # Where dom0's PATH is.
    mv "$OUT/root.new$PREFIX/libexec/xen/bin/xen-init-dom0" "$OUT/root.new$PREFIX/bin/"
    find "$OUT/root.new" '(' -name include -o -name '*.a' -o -name pkgconfig -o -name share ')' \
        -prune -exec rm -rf {} +
    # /etc is the image's.
    rm -rf "$OUT/root.new/etc" "$OUT/root.new/var"
    mv "$OUT/root.new" "$OUT/root"
    cp "$PRISTINE/.from" "$OUT/root.from"
}

main() {
    mkdir -p "$OUT"
    VERSION=$(xen_version "$PRISTINE")
    PREFIX=/usr/lib/xen-$VERSION
    TOOLS_CC="$TRIPLET-gcc --sysroot=$OUT/sysroot -L$OUT/sysroot/usr/lib/$TRIPLET -Wl,-rpath=$PREFIX/lib -Wno-error"
    if [ "$VERSION" = "$IMAGE_XEN" ] || [ -n "${XEN_TOOLS:-}" ]; then
        rm -rf "$OUT/root"
    elif [ ! -d "$OUT/root" ] || ! cmp -s "$PRISTINE/.from" "$OUT/root.from"; then
        build
    fi
}

ARCH=$1
case $ARCH in
x86)   TRIPLET=x86_64-linux-gnu XEN_ARCH=x86_64 ;;
arm64) TRIPLET=aarch64-linux-gnu XEN_ARCH=arm64 ;;
*)     die "usage: toolstack.sh x86|arm64" ;;
esac
OUT=$BUILD/toolstack/$ARCH
image_settings "$ARCH"
with_lock "toolstack-$ARCH" main
