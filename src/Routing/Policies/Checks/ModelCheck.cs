using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Checks;

internal static class ModelCheck
{
    public static void Check(RoutePolicy policy, PolicyEntries entries, PolicyProblems problems)
    {
        problems.Distinct("models", policy.Models.SelectMany(model => model.Aliases.Prepend(model.Name)), "name");
        for (var index = 0; index < policy.Models.Count; index++)
        {
            Check(policy.Models[index], PolicyProblems.Place("models", index, policy.Models[index].Name), entries, problems);
        }
    }

    private static void Check(ModelPolicy model, string place, PolicyEntries entries, PolicyProblems problems)
    {
        problems.Word($"{place}.name", model.Name, 200);
        problems.Require(model.Aliases.Count <= 100, $"{place}.aliases", "must be at most 100.");
        foreach (var alias in model.Aliases)
        {
            problems.Word($"{place}.aliases", alias, 200);
        }

        if (model.Lane.Length == 0)
        {
            problems.Add($"{place}.lane", "is required.");
        }
        else
        {
            problems.Known($"{place}.lane", model.Lane, entries.Lanes, "lane", "add it to lanes");
        }

        TargetSetCheck.Check(model.Route, $"{place}.route", entries, problems);
        foreach (var (lane, set) in model.Lanes)
        {
            problems.Known($"{place}.lanes", lane, entries.Lanes, "lane", "add it to lanes");
            problems.Require(lane != model.Lane, $"{place}.lanes[{Contracts.Validation.Shown(lane)}]", "is the model's own lane, which its route serves; leave it out.");
            TargetSetCheck.Check(set, $"{place}.lanes[{Contracts.Validation.Shown(lane)}]", entries, problems);
        }
    }
}
