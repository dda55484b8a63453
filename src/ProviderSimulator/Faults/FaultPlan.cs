namespace Platform.ProviderSimulator.Faults;

/// <summary>What the administrator has set for the calls to come. Held in memory: a restart clears it.</summary>
internal sealed class FaultPlan
{
    private Plan? current;

    /// <summary>Sets a fault for the next <paramref name="count"/> calls, or until cleared when null.</summary>
    public void Set(Fault fault, int? count) => Volatile.Write(ref current, new Plan(fault, count));

    public void Clear() => Volatile.Write(ref current, null);

    /// <summary>The fault of the call now being served; it uses up one of the count.</summary>
    public Fault Take()
    {
        var plan = Volatile.Read(ref current);
        if (plan is null)
        {
            return Fault.None;
        }
        if (plan.TryTake())
        {
            return plan.Fault;
        }
        // Only the used-up plan is removed, not one set in the meantime.
        Interlocked.CompareExchange(ref current, null, plan);
        return Fault.None;
    }

    private sealed class Plan(Fault fault, int? count)
    {
        private int left = count ?? 0;

        public Fault Fault => fault;

        public bool TryTake() => count is null || Interlocked.Decrement(ref left) >= 0;
    }
}
