package io.loomline.driver.epoll;

import io.loomline.driver.Channel;
import io.loomline.driver.SocketOptions;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A connection between a channel of a loop and a socket of the JDK. */
record EpollConnection(EpollKey key, Channel channel, Socket peer) {
    static EpollConnection open(EpollLoop loop, int interest) throws Exception {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var address = listener.getLocalSocketAddress();
            int socket = Sockets.open(address, SocketOptions.DEFAULT);
            Sockets.connect(socket, SocketAddresses.encode(address));
            EpollKey key = loop.register(socket, interest);
            Socket peer = listener.accept();
            peer.setTcpNoDelay(true);
            var channel = new EpollChannel(key, loop, address, address);
            return new EpollConnection(key, channel, peer);
        }
    }
}
