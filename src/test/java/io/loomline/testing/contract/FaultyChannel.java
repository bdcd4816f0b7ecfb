package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** A channel that delegates to another one. Subclasses override methods to add faults. */
class FaultyChannel implements Channel {
    final Channel delegate;

    FaultyChannel(Channel delegate) {
        this.delegate = delegate;
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        return delegate.tryRead(target);
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return delegate.tryWrite(source);
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        delegate.awaitReadable();
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        delegate.awaitWritable();
    }

    @Override
    public void shutdownOutput() throws IOException {
        delegate.shutdownOutput();
    }

    @Override
    public void close() {
        delegate.close();
    }

    @Override
    public void abort() {
        delegate.abort();
    }

    @Override
    public SocketAddress remoteAddress() {
        return delegate.remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        return delegate.localAddress();
    }
}
