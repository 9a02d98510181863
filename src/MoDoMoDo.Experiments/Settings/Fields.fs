namespace MoDoMoDo.Experiments

open MoDoMoDo.Experiments.Words

/// Every field of a settings file with its meaning, unit, range and default. Names of the training sections are those of
/// the option records that they are bound to (in camelCase).
module Fields =

    let private lora = [
        atLeast 1.0 "rank" 16 "rank of the added matrices" ""
        positive "alpha" 32.0 "scale: the added product is multiplied by alpha / rank" ""
        texts "targets" "names of the linear layers that get an adapter; empty = all of the decoder's attention and MLP"
    ]

    let private warmStart = [
        atLeast 0.0 "seed" 0 "seed of the warm start, apart from the run's own: runs of a sweep share one" ""
        atLeast 0.0 "tagSteps" 120 "steps of the stage that teaches the tower what lies in each cell" "steps"
        atLeast 0.0 "captionSteps" 400 "steps of captioning with the tower frozen" "steps"
        atLeast 0.0 "towerSteps" 600 "steps of captioning with the tower trained too" "steps"
        atLeast 0.0 "instructionSteps" 500 "steps of instruction tuning on the domains with the unreliable teacher" "steps"
    ]

    let private model = [
        text
            "path"
            "world"
            "the policy to start from: a folder with config.json and model.safetensors (a checkpoint of the Qwen2-VL family, or final/ or best/ of an earlier run), or 'world' for the embedded world's own small policy after its warm start"
        maybeText "adapter" "folder of a LoRA adapter that is merged into the policy before training"
        choice
            [ "decoder"; "all"; "lora" ]
            "trainable"
            "decoder"
            "what is trained: the language model (vision tower frozen), everything, or LoRA adapters on the decoder"
        choice [ "fp32"; "bf16" ] "dtype" "fp32" "number format of the weights and of the computation"
        maybeWhole 16.0 "minPixels" "images are enlarged to at least this area before they are cut into patches; null = what the checkpoint says" "pixels"
        maybeWhole 16.0 "maxPixels" "images are reduced to at most this area; null = what the checkpoint says" "pixels"
        section lora "lora" "LoRA adapters, when trainable is lora"
        section warmStart "warmStart" "how the embedded world's policy is prepared; cached, shared by all runs with the same values"
    ]

    let private set = [
        texts "files" "files or folders with the rows; empty = the embedded set of this name (world-coco ...)"
        text "format" "auto" "how the files are read: auto, or a name that 'modomodo data inspect --help' lists"
        table Kind.Text (Json.Object []) "columns" "columns of the file by what they hold, where the names differ from the format's own: { \"question\": \"problem\" }"
        text "split" "" "part of the files or of the embedded set to use; empty = train for domains, test for benchmarks"
        maybeText "verifier" "name of the verifier ('modomodo verifiers' lists them); null = the usual one for this set"
        maybeText "template" "how a row becomes a prompt: a template's name; null = the usual one for this set"
        maybeWhole 1.0 "limit" "use at most this many rows" "rows"
    ]

    let private sets (embedded: string list) name meaning =
        table (Kind.Section set) (Json.Object [ for set in embedded -> set, Json.Object [] ]) name meaning

    let private world = [
        atLeast 0.0 "seed" 0 "seed of the pictures and questions" ""
        number 0.0 3.0 "difficulty" 1.0 "how hard the pictures are: noise, distractors and clutter; 1 is the measured setting" ""
        count "trainItems" 3000 "training items of each domain" "items"
        count "testItems" 200 "test items of each domain, never trained on" "items"
        count "benchmarkItems" 400 "items of each unseen benchmark; one half serves the fit, the other the confirmation" "items"
    ]

    let private data = [
        sets Embedded.domains "domains" "training domains by name"
        sets Embedded.benchmarks "benchmarks" "unseen benchmarks by name"
        choice
            [ "all"; "fit"; "confirm" ]
            "benchmarkHalf"
            "all"
            "which items of the benchmarks are scored: all, or one half (items of even number: fit, of odd number: confirm)"
        number 0.0 0.5 "heldBack" 0.05 "share of each training domain that is held back for choosing the best checkpoint" "in [0, 0.5]"
        count "heldBackAtMost" 64 "upper limit of the items held back in each domain" "items"
        maybeWhole 1.0 "maxPromptTokens" "rows whose prompt is longer are left out and counted; prompts are never truncated" "tokens"
        section world "world" "the embedded world of drawn pictures"
    ]

    let private mixture = [
        maybeTable
            (Kind.Number(0.0, 1.0))
            "weights"
            "share of the prompts that come from each domain, summing to 1; a domain that is not named has 0; null = equal shares"
            "in [0, 1]"
        choice
            [ "quota"; "iid" ]
            "draw"
            "quota"
            "how domains are drawn: counts always within 1 of the weights, or independently as in the paper"
        choice
            [ "stop"; "repeat" ]
            "exhausted"
            "repeat"
            "when a domain has no unseen row left: stop the run, as the paper does, or start its rows again in a new order"
    ]

    let private rollout = [
        count "prompts" 32 "prompts of one batch" "prompts"
        atLeast 1.0 "generations" 8 "completions of each prompt: a group" "completions"
        count "maxNewTokens" 11 "longest completion" "tokens"
        positive "temperature" 1.0 "sampling temperature; log-probabilities are taken at it" ""
        number 0.000001 1.0 "topP" 1.0 "nucleus: smallest set of tokens with this much probability; 1 = off" "in (0, 1]"
        atLeast 0.0 "topK" 0 "draw from this many most probable tokens; 0 = off" "tokens"
        share "minP" 0.0 "leave out tokens below this share of the most probable one; 0 = off"
        positive "repetitionPenalty" 1.0 "divides the logits of tokens that have occurred; 1 = off" ""
        switch "dynamicSampling" false "refill each batch until every domain has its quota of groups whose rewards differ"
        count "dynamicAttempts" 4 "with dynamicSampling: at most this many rollouts for a place in the batch" "attempts"
    ]

    let private loss = [
        choice
            [ "grpo"; "bnpo"; "dr_grpo"; "dapo"; "cispo"; "sapo"; "luspo"; "vespo" ]
            "loss"
            "dr_grpo"
            "loss and its normaliser, by TRL's names"
        atLeast 0.0 "lossLength" 3 "dr_grpo's constant length; 0 = maxNewTokens" "tokens"
        choice [ "token"; "sequence" ] "importanceLevel" "token" "whether a ratio belongs to a token or to its whole sequence (GSPO)"
        notNegative "beta" 0.0 "weight of the KL divergence from the policy that training started from; 0 = no reference policy" ""
        switch "biasCorrectedKl" true "multiply the KL estimate by the importance ratio"
        number 0.0 0.999999 "epsilonLow" 0.2 "ratios below 1 - epsilonLow are clipped" "in [0, 1)"
        positive "epsilonHigh" 0.2 "ratios above 1 + epsilonHigh are clipped (cispo: above epsilonHigh itself, 5 is usual)" ""
        maybeNumber System.Double.Epsilon "delta" "upper bound of the ratio in the unclipped branch" ""
        share "topEntropyQuantile" 1.0 "share of the tokens, by entropy from the top, that the policy loss keeps; 1 = all"
        any "entropyCoefficient" 0.0 "weight of the entropy bonus"
        maybeNumber -infinity "offPolicyThreshold" "rows of negative advantage whose mean drift from the sampling policy exceeds this are left out" "nats"
        positive "sapoTemperaturePositive" 1.0 "sapo's temperature where the advantage is positive" ""
        positive "sapoTemperatureNegative" 1.05 "sapo's temperature elsewhere" ""
        any "vespoPowerPositive" 2.0 "vespo's power where the advantage is not negative"
        any "vespoDecayPositive" 3.0 "vespo's decay where the advantage is not negative"
        any "vespoPowerNegative" 3.0 "vespo's power where the advantage is negative"
        any "vespoDecayNegative" 2.0 "vespo's decay where the advantage is negative"
    ]

    let private optimiser = [
        choice [ "sgd"; "adam_w" ] "optimiser" "sgd" "the rule that turns gradients into updates"
        notNegative "learningRate" 0.008 "highest learning rate" ""
        share "momentum" 0.9 "momentum of sgd"
        number 0.0 0.999999999 "beta1" 0.9 "adam_w: decay of the mean of the gradients" "in [0, 1)"
        number 0.0 0.999999999 "beta2" 0.999 "adam_w: decay of the mean of their squares" "in [0, 1)"
        positive "epsilon" 1e-8 "adam_w: added to the root of the mean square" ""
        notNegative "weightDecay" 0.0 "decoupled weight decay; biases and norms are left out" ""
        notNegative "maxGradNorm" 5.0 "gradients are scaled down to this norm; 0 = off" ""
        choice [ "linear"; "constant"; "cosine" ] "schedule" "linear" "how the learning rate falls after the warm-up"
        atLeast 0.0 "warmupSteps" 10 "steps over which the learning rate rises from 0" "steps"
        share "finalShare" 0.05 "learning rate at the last step as a share of the highest"
    ]

    let private training =
        [
            count "steps" 80 "optimiser steps" "steps"
            count "iterations" 1 "updates made from one batch of completions" "updates"
            atLeast 0.0 "microBatchPrompts" 0 "prompts whose groups pass through the network together; 0 = all of the batch" "prompts"
            choice [ "group"; "batch"; "none" ] "advantageScale" "group" "what centred rewards are divided by"
            choice
                [ "sum_then_normalise"; "normalise_then_sum" ]
                "aggregation"
                "sum_then_normalise"
                "how several rewards become one advantage; the second couples domains"
            switch "domainNormaliser" false "each domain's weight in the loss is its mixture weight, whatever the lengths of its answers"
            switch "maskTruncated" false "leave completions that reached maxNewTokens out of the loss"
            switch "shuffleRewards" false "permute the rewards within each group: a control in which nothing can be learned"
        ]
        @ loss
        @ optimiser

    let private evaluation = [
        atLeast 0.0 "every" 0 "evaluate at every so many steps, besides the end; 0 = at the end only" "steps"
        choice [ "sampled"; "greedy"; "both" ] "decoding" "sampled" "how answers are drawn when scoring"
        count "samples" 4 "sampled answers for each item" "samples"
        positive "temperature" 1.0 "temperature of sampled scoring" ""
        choice
            [ "macro"; "weighted" ]
            "aggregate"
            "macro"
            "how benchmarks become one score: their plain mean, or weighted by their items as in the paper"
        maybeWhole 1.0 "limit" "score at most this many items of each set" "items"
        count "batch" 64 "prompts that are answered together" "prompts"
        count "completions" 24 "completions of each set that are kept for the report at each evaluation" "completions"
    ]

    let private checkpoint = [
        atLeast 0.0 "every" 20 "write a checkpoint at every so many steps; 0 = only at the end" "steps"
        count "keep" 2 "checkpoints that are kept" "checkpoints"
    ]

    let private log = [
        atLeast 0.0 "completionsEvery" 10 "write the completions of a batch at every so many steps; 0 = never" "steps"
        count "completionsPrompts" 8 "prompts of such a batch that are written" "prompts"
        notNegative "imagesMegabytes" 32.0 "size budget of the images that are kept beside the completions" "MB"
        switch "tensorBoard" true "write event files for TensorBoard"
    ]

    let private sweep = [
        count "pilotSeeds" 1 "runs of each pilot mixture, with different seeds" "runs"
        atLeast 0.0 "spaceFilling" 6 "space-filling mixtures beside the paper's 11 seeds" "mixtures"
        switch "heuristics" false "the paper's heuristic mixtures too, computed from the seeds' scores"
        count "confirmationSeeds" 3 "fresh seeds on which proposal, best seed and uniform are compared in pairs" "seeds"
        text "target" "composite:mean" "what is optimised: composite:mean, composite:min, a benchmark's name, or composite:a=2,b=1"
    ]

    /// The whole settings file.
    let all: Kind =
        Kind.Section [
            atLeast 0.0 "seed" 0 "seed of everything that is drawn: a run is a function of its settings and this number" ""
            count "threads" 1 "threads of one run; results depend on it in the last digits" "threads"
            text "device" "cpu" "where tensors live: cpu, cuda or cuda:N"
            section model "model" "the policy"
            section data "data" "what is trained on and scored on"
            section mixture "mixture" "how the domains are mixed"
            section rollout "rollout" "how completions are sampled"
            section training "training" "the update"
            section evaluation "evaluation" "scoring"
            section checkpoint "checkpoint" "what a stopped run resumes from"
            section log "log" "what a run writes besides its figures"
            section sweep "sweep" "the outer loop: quickstart and sweep"
        ]
