package io.loomline.testing.contract;

import io.loomline.driver.memory.MemoryPair;
import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.DynamicTest;

import java.util.List;
import java.util.stream.Stream;

/** Pairs in memory, and contract cases as tests of JUnit. */
final class ContractFixture {
    private ContractFixture() {}

    static Stream<DynamicTest> tests(List<ContractCase> cases) {
        return cases.stream().map(rule -> DynamicTest.dynamicTest(rule.name(), rule::run));
    }

    static MemoryPair memory(int bufferBytes) {
        return MemoryPair.open(bufferBytes, LoopbackAddress.of(1), LoopbackAddress.of(2));
    }
}
