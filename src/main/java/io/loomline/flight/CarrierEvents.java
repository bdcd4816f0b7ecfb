package io.loomline.flight;

/** The events of the carrier threads. No method throws. */
public final class CarrierEvents {
    private CarrierEvents() {}

    /** Records that the number of carriers was limited, or that the limit was lifted. */
    public static void limit(int carriers, boolean limited) {
        if (!Flight.IS_AVAILABLE || !CarrierLimitEvent.PROBE.isEnabled()) return;
        try {
            var event = new CarrierLimitEvent();
            event.carriers = carriers;
            event.limited = limited;
            event.commit();
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }
}
