package io.loomline.datagram;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.Runtime;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;

/**
 * Sends to a group on the first interface that has multicast. Prints what a member gets, with the
 * loopback on and off.
 */
final class MulticastProgram {
    private MulticastProgram() {}

    public static void main(String[] arguments) throws Exception {
        NetworkInterface through =
                NetworkInterface.networkInterfaces()
                        .filter(each -> each.getName().equals(arguments[0]))
                        .findFirst()
                        .orElseThrow();
        InetAddress group = InetAddress.ofLiteral(arguments[1]);
        try (var runtime = Runtime.open()) {
            var member = runtime.datagram(new InetSocketAddress(0), DatagramOptions.DEFAULT);
            member.join(group, through);
            int port = ((InetSocketAddress) member.localAddress()).getPort();
            for (boolean loopback : new boolean[] {true, false}) {
                var multicast =
                        MulticastOptions.DEFAULT.withInterface(through).withLoopback(loopback);
                var sender =
                        runtime.datagram(
                                new InetSocketAddress(0),
                                DatagramOptions.DEFAULT.withMulticast(multicast));
                sender.send("to the group".getBytes(UTF_8), new InetSocketAddress(group, port));
                var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
                sender.send("to the member".getBytes(UTF_8), here);
            }
            for (int i = 0; i < 3; i++) System.out.println(member.receive().text());
        }
    }
}
