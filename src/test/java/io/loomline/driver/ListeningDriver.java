package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;

import java.io.IOException;

/** A test with a driver that listens on the loopback interface. It must not leak descriptors. */
abstract class ListeningDriver {
    @Parameter Kernel kernel;

    Driver driver;
    int descriptorsBefore;
    Acceptor acceptor;

    @BeforeEach
    void listen() throws IOException {
        driver = kernel.newDriver();
        descriptorsBefore = Descriptors.count();
        acceptor = driver.listen(Loopback.anyPort(), 50);
    }

    @AfterEach
    void leavesNoDescriptor() throws IOException {
        driver.close();
        assertEquals(descriptorsBefore, Descriptors.count(), "open descriptors");
    }
}
