package io.loomline.observe;

/**
 * How much a snapshot looks at.
 *
 * @param maxStacks how many stacks of tasks it walks at most; 0 for none. One takes about 20 µs of
 *     CPU, and its task waits for it only if it was about to run. With more tasks than this, a
 *     sample of them that is spread evenly over the tree is walked; the others have no {@link
 *     TreeNode#operation operation} and no {@link TreeNode#site site}.
 */
public record TreeOptions(int maxStacks) {
    /** At most 10,000 stacks. */
    public static final TreeOptions DEFAULT = new TreeOptions(10_000);

    /** For a {@link Census}: at most 20,000 stacks. */
    public static final TreeOptions CENSUS = new TreeOptions(20_000);

    /**
     * Options for snapshots.
     *
     * @throws IllegalArgumentException if {@code maxStacks} is negative
     */
    public TreeOptions {
        if (maxStacks < 0) {
            throw new IllegalArgumentException("maxStacks " + maxStacks + ": expected 0 or more");
        }
    }

    /**
     * The same options with another bound of stacks.
     *
     * @param maxStacks how many stacks are walked at most; 0 for none
     * @return the options
     * @throws IllegalArgumentException if it is negative
     */
    public TreeOptions withMaxStacks(int maxStacks) {
        return new TreeOptions(maxStacks);
    }
}
