namespace Platform.Contracts.Events;

/// <summary>
/// Whose spend a budget or an alert is about: everything that has all of the named dimensions. An empty text names none; all empty is the organisation's whole spend.
/// </summary>
/// <param name="Model">As the provider served it.</param>
/// <param name="TagKey">With <paramref name="TagValue"/>: usage that carries this tag.</param>
public sealed record SpendScope(
    string TeamId = "",
    string UserId = "",
    string KeyId = "",
    string Provider = "",
    string Model = "",
    string Workload = "",
    string Lane = "",
    string TagKey = "",
    string TagValue = "");
