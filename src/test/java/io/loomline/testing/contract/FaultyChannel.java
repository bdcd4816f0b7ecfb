package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** A channel that does as another one does; faults are put in by overriding. */
class FaultyChannel implements Channel {
    final Channel sound;

    FaultyChannel(Channel sound) {
        this.sound = sound;
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        return sound.tryRead(target);
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return sound.tryWrite(source);
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        sound.awaitReadable();
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        sound.awaitWritable();
    }

    @Override
    public void shutdownOutput() throws IOException {
        sound.shutdownOutput();
    }

    @Override
    public void close() {
        sound.close();
    }

    @Override
    public void abort() {
        sound.abort();
    }

    @Override
    public SocketAddress remoteAddress() {
        return sound.remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        return sound.localAddress();
    }
}
