package io.loomline.driver.carrier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.loomline.probe.Eventually;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicReference;

class CarrierControlTest {
    private final FakeScheduler scheduler = new FakeScheduler();
    private final CarrierControl limit = new CarrierControl(() -> scheduler, System::nanoTime);

    /** Is asked whether it is still whenever the setter looks. */
    private static final class Asker implements CarrierControl.User {
        private final AtomicReference<Runnable> onLook = new AtomicReference<>(() -> {});

        @Override
        public boolean isStill() {
            onLook.get().run();
            return false;
        }

        @Override
        public boolean isWaiting() {
            return false;
        }

        @Override
        public void stopped() {}
    }

    private Asker asking() throws InterruptedException {
        var asker = new Asker();
        limit.add(asker);
        limit.ask(asker);
        Eventually.holds(scheduler::usesOne);
        return asker;
    }

    @Test
    void allAreUsedAlsoIfTheLastUserGoesInTheMiddleOfALook() throws InterruptedException {
        Asker asker = asking();
        asker.onLook.set(() -> limit.remove(asker));
        Eventually.holds(() -> !limit.isWatched());
        assertFalse(scheduler.usesOne());
    }

    @Test
    void allAreUsedAfterAFailure() throws InterruptedException {
        Asker asker = asking();
        asker.onLook.set(() -> {
            throw new IllegalStateException("a failure for the test");
        });
        Eventually.holds(scheduler::usesAll);
        limit.lift(asker);
        limit.ask(asker);
        assertFalse(limit.isAsking(asker));
    }

    @Test
    void anInterruptOfTheSetterIsWithoutEffect() throws InterruptedException {
        Asker asker = asking();
        asker.onLook.set(() -> Thread.currentThread().interrupt());
        limit.lift(asker);
        Eventually.holds(scheduler::usesAll);
        limit.remove(asker);
        Eventually.holds(() -> !limit.isWatched());
    }

    @Test
    void oneThatSomebodyElseWantsStays() throws InterruptedException {
        scheduler.useCarriers(1);
        Asker asker = asking();
        limit.remove(asker);
        Eventually.holds(() -> !limit.isWatched());
        assertEquals(1, scheduler.carriers());
    }
}
