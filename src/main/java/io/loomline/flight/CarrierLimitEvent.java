package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("io.loomline.CarrierLimit")
@Label("Carrier Limit")
@Category("Loomline")
@Description("The number of carrier threads was limited to one, or the limit was lifted")
@Enabled(false)
@StackTrace(false)
final class CarrierLimitEvent extends Event {
    /** Tells whether the event is enabled. */
    static final CarrierLimitEvent PROBE = new CarrierLimitEvent();

    @Label("Carriers")
    @Description("The number from now on")
    int carriers;

    @Label("Limited")
    boolean limited;
}
