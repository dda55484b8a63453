using Platform.Contracts.Routing.V1;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Policies;

public sealed class OutputCapFieldTests
{
    [Theory]
    // Provider, model, what the policy says → the field.
    [InlineData("openai", "o1", "", "max_completion_tokens")]
    [InlineData("openai", "o4-mini", "", "max_completion_tokens")]
    [InlineData("openai", "gpt-5.1", "", "max_completion_tokens")]
    [InlineData("openai", "gpt-4.1", "", "max_tokens")]
    [InlineData("openai", "gpt-oss-120b", "", "max_tokens")]
    [InlineData("openai", "o4-mini", "max_tokens", "max_tokens")]
    [InlineData("local", "gpt-5-clone", "", "max_tokens")]
    [InlineData("local", "llama", "max_completion_tokens", "max_completion_tokens")]
    public void Field_of_the_cap_is_the_policys_or_the_one_that_the_model_takes(string provider, string model, string said, string field)
    {
        var policy = PolicyDocuments.Read();
        policy.Targets.Add(new TargetPolicy { Name = "new", Provider = provider, Model = model, DefaultMaxOutputTokens = 10, MaxOutputTokens = 20, OutputCapField = said });
        var table = new PolicyCompiler(new ProviderSecrets(new ProviderOptions(), _ => null, PolicyDatabase.KeysIn("/nowhere")))
            .Compile(new StoredPolicy(1, DateTimeOffset.UnixEpoch, "", "", policy, [], new Dictionary<string, DateTimeOffset>()));
        Assert.Equal(field, table.Targets["new"].OutputCapField);
    }
}
