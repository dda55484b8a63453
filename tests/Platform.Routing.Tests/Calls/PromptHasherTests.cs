using System.Text;
using Microsoft.Extensions.Options;
using Platform.Routing.Calls;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Embeddings;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shapes.Responses;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Calls;

public sealed class PromptHasherTests
{
    private const string Body = """{"model":"gpt-4o","messages":[{"role":"user","content":"Grüße \"x\""}],"tools":[{"type":"function"}],"temperature":0.5}""";

    [Theory]
    // White space, escapes, the order of fields and what is not the prompt make no difference.
    [InlineData("""{ "messages" : [ {"role":"user", "content":"Gr\u00fc\u00dfe \u0022x\u0022"} ], "tools":[{"type":"function"}], "model":"gpt-4o-mini", "max_tokens": 5 }""", true)]
    [InlineData("""{"tools":[{"type":"function"}],"messages":[{"role":"user","content":"Grüße \"x\""}],"model":"gpt-4o"}""", true)]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"user","content":"Grüße \"x\" "}],"tools":[{"type":"function"}]}""", false)]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"system","content":"Grüße \"x\""}],"tools":[{"type":"function"}]}""", false)]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"user","content":"Grüße \"x\""}]}""", false)]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"user","content":"Grüße \"x\""},{"type":"function"}],"tools":[]}""", false)]
    public void Equal_prompts_have_equal_hashes_and_no_others(string other, bool equal)
    {
        Assert.Equal(equal, Hash("team_a", Body) == Hash("team_a", other));
        Assert.Equal(16, Hash("team_a", Body).Length);
    }

    [Theory]
    [InlineData("""{"model":"m","max_tokens":5,"system":"s","messages":[{"role":"user","content":"a"}]}""", """{"messages":[{"role":"user", "content":"\u0061"}],"system":"s","model":"n","max_tokens":9}""", true)]
    [InlineData("""{"model":"m","max_tokens":5,"system":"s","messages":[{"role":"user","content":"a"}]}""", """{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"}]}""", false)]
    [InlineData("""{"model":"m","max_tokens":5,"messages":[],"tools":[{"name":"f"}]}""", """{"model":"m","max_tokens":5,"messages":[]}""", false)]
    public void Prompt_of_a_message_is_its_system_its_messages_and_its_tools(string one, string other, bool equal) =>
        Assert.Equal(equal, HashOf(new MessagesShape(), one) == HashOf(new MessagesShape(), other));

    [Theory]
    [InlineData("""{"model":"m","input":"a"}""", """{"input": "\u0061","model":"n","dimensions":8}""", true)]
    [InlineData("""{"model":"m","input":"a"}""", """{"model":"m","input":["a"]}""", false)]
    [InlineData("""{"model":"m","input":[1,12]}""", """{"model":"m","input":[11,2]}""", false)]
    public void Prompt_of_embeddings_is_their_input(string one, string other, bool equal) =>
        Assert.Equal(equal, HashOf(new EmbeddingsShape(), one) == HashOf(new EmbeddingsShape(), other));

    [Theory]
    [InlineData("""{"model":"m","input":"a","instructions":"b"}""", """{"instructions":"b","input": "\u0061","model":"n","max_output_tokens":8,"previous_response_id":null,"store":false}""", true)]
    [InlineData("""{"model":"m","input":"a","instructions":null}""", """{"model":"m","input":"a"}""", true)]
    [InlineData("""{"model":"m","input":"a","instructions":"b"}""", """{"model":"m","input":"b","instructions":"a"}""", false)]
    [InlineData("""{"model":"m","input":"go on","previous_response_id":"resp_1"}""", """{"model":"m","input":"go on","previous_response_id":"resp_2"}""", false)]
    [InlineData("""{"model":"m","input":"go on","previous_response_id":"resp_1"}""", """{"model":"m","input":"go on","conversation":"resp_1"}""", false)]
    public void Prompt_of_a_response_is_its_input_its_instructions_its_tools_and_what_it_goes_on_from(string one, string other, bool equal) =>
        Assert.Equal(equal, HashOf(new ResponsesShape(), one) == HashOf(new ResponsesShape(), other));

    [Fact]
    public void Another_team_or_another_key_has_other_hashes()
    {
        Assert.NotEqual(Hash("team_a", Body), Hash("team_b", Body));
        Assert.NotEqual(Hash("team_a", Body), Hash("team_a", Body, "kt_live_other"));
    }

    [Fact]
    public void Texts_do_not_run_together()
    {
        Assert.NotEqual(
            Hash("t", """{"model":"m","messages":[{"a":"b","c":"d"}]}"""), Hash("t", """{"model":"m","messages":[{"a":"bc","":"d"}]}"""));
        Assert.NotEqual(Hash("t", """{"model":"m","messages":[1,12]}""".Replace("[1,12]", """[{"n":1},{"n":12}]""")), Hash("t", """{"model":"m","messages":[{"n":11},{"n":2}]}"""));
        Assert.NotEqual(Hash("t", """{"model":"m","messages":[{"n":1}]}"""), Hash("t", """{"model":"m","messages":[{"n":"1"}]}"""));
    }

    [Fact]
    public void Prompt_of_small_numbers_and_many_levels_fits()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 60)) + string.Join(',', Enumerable.Repeat("1", 5_000)) + string.Concat(Enumerable.Repeat("]", 60));
        Assert.Equal(16, Hash("team_a", $$"""{"model":"m","messages":[{"content":"x","extra":{{deep}}}]}""").Length);
    }

    [Fact]
    public void Prompt_that_is_no_valid_unicode_is_hashed_as_it_is_written()
    {
        var half = Hash("t", """{"model":"m","messages":[{"role":"user","content":"\ud800"}]}""");
        Assert.Equal(half, Hash("t", """{"model":"m", "messages":[{"role":"user","content":"\ud800"}]}"""));
        Assert.NotEqual(half, Hash("t", """{"model":"m","messages":[{"role":"user","content":"\ud801"}]}"""));
    }

    private static Google.Protobuf.ByteString HashOf(WireShape shape, string body)
    {
        Assert.Null(shape.TryRead(Encoding.UTF8.GetBytes(body), out var request));
        return new PromptHasher(Options.Create(new IdentityOptions { ServiceToken = "kt_live_services" })).Hash("t", request);
    }

    private static Google.Protobuf.ByteString Hash(string team, string body, string token = "kt_live_services")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Null(ChatRequestReader.TryRead(bytes, out var request));
        return new PromptHasher(Options.Create(new IdentityOptions { ServiceToken = token })).Hash(team, request);
    }
}
