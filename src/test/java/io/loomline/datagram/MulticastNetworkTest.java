package io.loomline.datagram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.probe.Child;
import io.loomline.probe.Kernel;
import io.loomline.probe.Programs;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

/**
 * Groups of both families in a network namespace of their own: the loopback interface carries no
 * IPv6 groups, and returns packets in any case.
 */
@Tag("slow")
class MulticastNetworkTest {
    private static final String SETUP =
            """
            ip link set lo up || exit 1
            ip link add here type veth peer name there || exit 1
            ip addr add 10.9.9.1/24 dev here || exit 1
            ip -6 addr add fd00:9::1/64 dev here nodad || exit 1
            ip link set here up || exit 1
            ip link set there up || exit 1
            echo ready
            exec "$@"
            """;

    @ParameterizedTest
    @CsvSource({"NIO, 239.77.5.3", "NIO, ff15::7753", "EPOLL, 239.77.5.3", "EPOLL, ff15::7753"})
    void loopbackDecidesWhetherTheMachineItselfReceives(Kernel kernel, String group)
            throws Exception {
        kernel.newDriver().close(); // skips the test if the driver is not available
        Programs.require("unshare", "util-linux");
        Programs.require("ip", "iproute2");
        List<String> launcher = List.of("unshare", "--net", "sh", "-c", SETUP, "sh");
        List<String> options = new ArrayList<>(kernel.jvmOptions());
        try (Child child =
                Child.startBy(launcher, MulticastProgram.class, options, "here", group)) {
            String setup = child.readLine();
            assumeTrue("ready".equals(setup), "no network namespace with a link: " + setup);
            assertEquals(List.of("to the group", "to the member", "to the member"), child.rest());
        }
    }
}
