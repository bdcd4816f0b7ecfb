package io.loomline.driver.carrier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Eventually;
import io.loomline.probe.RecordedFlight;

import jdk.jfr.Recording;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

class CarrierControlTest {
    private final FakeScheduler scheduler = new FakeScheduler();
    private final CarrierControl control = new CarrierControl(() -> scheduler, System::nanoTime);

    /** A loop whose activity the setter queries at each check. */
    private static final class FakeRequester implements CarrierControl.Loop {
        private final AtomicReference<Runnable> onCheck = new AtomicReference<>(() -> {});

        @Override
        public boolean isInactive() {
            onCheck.get().run();
            return false;
        }

        @Override
        public boolean isWaiting() {
            return false;
        }

        @Override
        public void onRevoked() {}
    }

    private FakeRequester requesting() throws InterruptedException {
        var requester = new FakeRequester();
        control.add(requester);
        control.request(requester);
        Eventually.holds(scheduler::usesOne);
        return requester;
    }

    @Test
    void allAreUsedIfTheLastLoopIsRemovedDuringACheck() throws InterruptedException {
        FakeRequester requester = requesting();
        requester.onCheck.set(() -> control.remove(requester));
        Eventually.holds(() -> !control.isSetterAlive());
        assertFalse(scheduler.usesOne());
    }

    @Test
    void allAreUsedAfterAFailureOfTheSetter() throws InterruptedException {
        FakeRequester requester = requesting();
        requester.onCheck.set(() -> {
            throw new IllegalStateException("a failure for the test");
        });
        Eventually.holds(scheduler::usesAll);
        control.withdraw(requester);
        control.request(requester);
        assertFalse(control.isRequestedBy(requester));
    }

    @Test
    void interruptOfTheSetterHasNoEffect() throws InterruptedException {
        FakeRequester requester = requesting();
        requester.onCheck.set(() -> Thread.currentThread().interrupt());
        control.withdraw(requester);
        Eventually.holds(scheduler::usesAll);
        control.remove(requester);
        Eventually.holds(() -> !control.isSetterAlive());
    }

    @Test
    void singleCarrierSetByOtherCodeIsKept() throws InterruptedException {
        scheduler.useCarriers(1);
        FakeRequester requester = requesting();
        control.remove(requester);
        Eventually.holds(() -> !control.isSetterAlive());
        assertEquals(1, scheduler.carriers());
    }

    @Test
    void limitAndItsEndAreRecorded(@TempDir Path directory) throws Exception {
        int all = scheduler.carriers();
        try (var recording = new Recording(RecordedFlight.settings())) {
            var events =
                    RecordedFlight.events(
                            recording,
                            directory,
                            () -> {
                                control.remove(requesting());
                                Eventually.holds(() -> !control.isSetterAlive());
                            });
            var limits = RecordedFlight.named("CarrierLimit", events);
            assertEquals(2, limits.size());
            assertTrue(limits.getFirst().getBoolean("limited"));
            assertEquals(1, limits.getFirst().getInt("carriers"));
            assertFalse(limits.getLast().getBoolean("limited"));
            assertEquals(all, limits.getLast().getInt("carriers"));
        }
    }
}
