namespace MoDoMoDo.Data;

/// <summary>Values by key, the least recently used ones forgotten when their cost exceeds a bound. Safe for many threads;
/// two threads that miss the same key at once may both make its value.</summary>
/// <param name="bound">Largest total cost; a single value above it is handed out but not kept.</param>
/// <param name="costOf">Cost of a value, not negative.</param>
internal sealed class BoundedCache<TKey, TValue>(long bound, Func<TValue, long> costOf)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> recent = new();
    private readonly Lock gate = new();
    private long cost;

    public TValue GetOrAdd(TKey key, Func<TValue> make)
    {
        lock (gate)
        {
            if (nodes.TryGetValue(key, out var node))
            {
                recent.Remove(node);
                recent.AddFirst(node);
                return node.Value.Value;
            }
        }
        var value = make();
        if (costOf(value) <= bound)
            Keep(key, value);
        return value;
    }

    private void Keep(TKey key, TValue value)
    {
        lock (gate)
        {
            if (nodes.ContainsKey(key))
                return;
            nodes[key] = recent.AddFirst((key, value));
            cost += costOf(value);
            while (cost > bound && recent.Last is { } oldest)
            {
                recent.RemoveLast();
                nodes.Remove(oldest.Value.Key);
                cost -= costOf(oldest.Value.Value);
            }
        }
    }
}
