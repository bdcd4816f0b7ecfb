package io.loomline.driver.carrier;

/** A driver whose loops may adapt the number of carriers. */
public interface CarrierAdapting {
    /**
     * Lets the loops adapt the number of carriers from now on until the driver is closed, unless
     * another driver does so already. Without effect on loops that run.
     */
    void adaptCarriers();
}
