package io.loomline.faults;

import io.loomline.faults.Fault.Place;

/** Namespaces of the kernel that a row may break without harm to the machine: unshare(1). */
final class Namespace {
    /** A network of its own, which has a loopback interface only. */
    static final Place NETWORK = network("true");

    private Namespace() {}

    /** A network of its own, after a command has changed it. */
    static Place network(String setup) {
        return Place.jvm()
                .by(
                        "unshare",
                        "--net",
                        "--mount",
                        "sh",
                        "-c",
                        "ip link set lo up && " + setup + " && exec \"$@\"",
                        "sh");
    }
}
