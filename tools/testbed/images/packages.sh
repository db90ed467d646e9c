# SPDX-License-Identifier: GPL-2.0-only
# Sourced. What each image is made of. x86-hvm serves HVM guests as well.

IMAGE_XEN=4.20         # the version whose tools the release has
IMAGE_PACKAGES_COMMON="xen-utils-$IMAGE_XEN xenstore-utils pciutils kmod iproute2 busybox-static"

image_settings() {
    case $1 in
    x86)   DEB_ARCH=amd64; IMAGE_PACKAGES="$IMAGE_PACKAGES_COMMON linux-image-amd64" ;;
    x86-hvm) DEB_ARCH=amd64
             IMAGE_PACKAGES="$IMAGE_PACKAGES_COMMON linux-image-amd64 qemu-system-xen seabios" ;;
    arm64) DEB_ARCH=arm64; IMAGE_PACKAGES="$IMAGE_PACKAGES_COMMON linux-image-arm64 libjansson4" ;;
    *)     die "there is no dom0 image called $1" ;;
    esac
}

# Kernel modules of the dom0 image, as names that modprobe knows; what they
# depend on comes along.
IMAGE_MODULES="xen-pciback xen-pcifront xen-blkback xen-blkfront xen-netback xen-netfront
xen-gntdev xen-gntalloc xen-evtchn xenfs xen-privcmd
virtio_pci virtio_blk virtio_net virtio_mmio virtio_console
e1000e e1000 igb igbvf nvme ahci sd_mod xhci_pci usb_storage uas
ptp pps_core vfio-pci pci-stub tun bridge loop"
