// A host made of the ASWF's HostSupport library, on which Natron and others are built: it renders one frame through a
// plug-in that it finds where OFX_PLUGIN_PATH says.
//
// usage: host PLUGIN WIDTH HEIGHT SOURCE TARGET [mask=FILE] [NAME=VALUE…]
//
// SOURCE, TARGET and the mask hold 32-bit floats, RGBA, the lowest row first. What the plug-in says goes to standard
// output. When something fails, "cannot …" goes to standard error, and the status is 1; TARGET is then what stands in
// the output.

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ofxCore.h"
#include "ofxImageEffect.h"
#include "ofxPixels.h"

#include "ofxhBinary.h"
#include "ofxhPropertySuite.h"
#include "ofxhClip.h"
#include "ofxhParam.h"
#include "ofxhMemory.h"
#include "ofxhImageEffect.h"
#include "ofxhPluginAPICache.h"
#include "ofxhPluginCache.h"
#include "ofxhHost.h"
#include "ofxhImageEffectAPI.h"

namespace effect = OFX::Host::ImageEffect;
namespace param = OFX::Host::Param;

namespace {

// The shot: every frame is the same one.
struct Shot {
  int width, height;
  std::vector<float> source, mask;
  std::map<std::string, std::string> settings;

  size_t samples() const { return size_t(width) * height * 4; }
};

void check(bool holds, const std::string &what) {
  if (!holds)
    throw std::runtime_error("cannot " + what);
}

// Prints what the plug-in tells the host, or the host's instance of it.
template <class Base> class Talking : public Base {
public:
  using Base::Base;

  OfxStatus vmessage(const char *type, const char *, const char *format, va_list arguments) override {
    printf("%s: ", type);
    vprintf(format, arguments);
    printf("\n");
    return kOfxStatOK;
  }
  OfxStatus setPersistentMessage(const char *type, const char *id, const char *format,
                                 va_list arguments) override {
    return vmessage(type, id, format, arguments);
  }
  OfxStatus clearPersistentMessage() override { return kOfxStatOK; }
};

// A parameter with one value at all times, its default or the one set.
template <class Base, class Value> class Constant : public Base {
public:
  Constant(param::Descriptor &descriptor, param::SetInstance *set, Value value)
      : Base(descriptor, set), value(value) {}
  OfxStatus get(Value &into) override { into = value; return kOfxStatOK; }
  OfxStatus get(OfxTime, Value &into) override { into = value; return kOfxStatOK; }
  OfxStatus set(Value given) override { value = given; return kOfxStatOK; }
  OfxStatus set(OfxTime, Value given) override { value = given; return kOfxStatOK; }

private:
  Value value;
};

class Number : public Constant<param::DoubleInstance, double> {
public:
  using Constant::Constant;
  OfxStatus derive(OfxTime, double &into) override { into = 0; return kOfxStatOK; }
  OfxStatus integrate(OfxTime first, OfxTime last, double &into) override {
    get(into);
    into *= last - first;
    return kOfxStatOK;
  }
};

class Text : public param::StringInstance {
public:
  Text(param::Descriptor &descriptor, param::SetInstance *set, std::string value)
      : StringInstance(descriptor, set), value(value) {}
  OfxStatus get(std::string &into) override { into = value; return kOfxStatOK; }
  OfxStatus get(OfxTime, std::string &into) override { into = value; return kOfxStatOK; }
  OfxStatus set(const char *given) override { value = given; return kOfxStatOK; }
  OfxStatus set(OfxTime, const char *given) override { value = given; return kOfxStatOK; }

private:
  std::string value;
};

class Picture : public effect::Image {
public:
  Picture(effect::ClipInstance &clip, const Shot &shot, const std::vector<float> *pixels)
      : Image(clip), pixels(pixels ? *pixels : std::vector<float>(shot.samples())) {
    const int bounds[] = {0, 0, shot.width, shot.height};
    setDoubleProperty(kOfxImageEffectPropRenderScale, 1, 0);
    setDoubleProperty(kOfxImageEffectPropRenderScale, 1, 1);
    setPointerProperty(kOfxImagePropData, this->pixels.data());
    setIntPropertyN(kOfxImagePropBounds, bounds, 4);
    setIntPropertyN(kOfxImagePropRegionOfDefinition, bounds, 4);
    setIntProperty(kOfxImagePropRowBytes, shot.width * 4 * sizeof(float));
  }

  std::vector<float> pixels;
};

class Clip : public effect::ClipInstance {
public:
  Clip(effect::Instance *instance, effect::ClipDescriptor &descriptor, const Shot &shot)
      : ClipInstance(instance, descriptor), shot(shot), depth(kOfxBitDepthFloat),
        components(kOfxImageComponentRGBA), premultiplication(kOfxImageUnPreMultiplied),
        fields(kOfxImageFieldNone) {}
  ~Clip() {
    if (output)
      output->releaseReference();
  }

  const std::string &getUnmappedBitDepth() const override { return depth; }
  const std::string &getUnmappedComponents() const override { return components; }
  const std::string &getPremult() const override { return premultiplication; }
  double getAspectRatio() const override { return 1; }
  double getFrameRate() const override { return 25; }
  void getFrameRange(double &first, double &last) const override { first = last = 0; }
  const std::string &getFieldOrder() const override { return fields; }
  bool getConnected() const override { return getName() != "Mask" || !shot.mask.empty(); }
  double getUnmappedFrameRate() const override { return 25; }
  void getUnmappedFrameRange(double &first, double &last) const override { first = last = 0; }
  bool getContinuousSamples() const override { return false; }
  OfxRectD getRegionOfDefinition(OfxTime) const override {
    return {0, 0, double(shot.width), double(shot.height)};
  }

  // The library counts references: a picture starts with one, which the plug-in gives back.
  effect::Image *getImage(OfxTime, const OfxRectD *) override {
    if (getName() == "Mask")
      return shot.mask.empty() ? nullptr : new Picture(*this, shot, &shot.mask);
    if (getName() != kOfxImageEffectOutputClipName)
      return new Picture(*this, shot, &shot.source);
    if (!output)
      output = new Picture(*this, shot, nullptr);
    output->addReference();
    return output;
  }

  Picture *output = nullptr;

private:
  const Shot &shot;
  const std::string depth, components, premultiplication, fields;
};

class Instance : public Talking<effect::Instance> {
public:
  Instance(effect::ImageEffectPlugin *plugin, effect::Descriptor &descriptor, const std::string &context,
           const Shot &shot)
      : Talking(plugin, descriptor, context, false), shot(shot), fields(kOfxImageFieldNone) {}

  const std::string &getDefaultOutputFielding() const override { return fields; }
  effect::ClipInstance *newClipInstance(effect::Instance *, effect::ClipDescriptor *descriptor, int) override {
    return new Clip(this, *descriptor, shot);
  }

  void getProjectSize(double &x, double &y) const override { x = shot.width, y = shot.height; }
  void getProjectOffset(double &x, double &y) const override { x = y = 0; }
  void getProjectExtent(double &x, double &y) const override { x = shot.width, y = shot.height; }
  double getProjectPixelAspectRatio() const override { return 1; }
  double getEffectDuration() const override { return 1; }
  double getFrameRate() const override { return 25; }
  double getFrameRecursive() const override { return 0; }
  void getRenderScaleRecursive(double &x, double &y) const override { x = y = 1; }

  param::Instance *newParam(const std::string &name, param::Descriptor &descriptor) override {
    auto &properties = descriptor.getProperties();
    auto found = shot.settings.find(name);
    const std::string *given = found == shot.settings.end() ? nullptr : &found->second;
    const std::string &type = descriptor.getType();
    const char *preset = kOfxParamPropDefault;
    if (type == kOfxParamTypeDouble) {
      double value = given ? std::stod(*given) : properties.getDoubleProperty(preset);
      return new Number(descriptor, this, value);
    }
    if (type == kOfxParamTypeInteger) {
      int value = given ? std::stoi(*given) : properties.getIntProperty(preset);
      return new Constant<param::IntegerInstance, int>(descriptor, this, value);
    }
    if (type == kOfxParamTypeBoolean) {
      bool value = given ? *given == "1" : properties.getIntProperty(preset) != 0;
      return new Constant<param::BooleanInstance, bool>(descriptor, this, value);
    }
    if (type == kOfxParamTypeChoice) {
      int value = given ? choice(properties, *given) : properties.getIntProperty(preset);
      return new Constant<param::ChoiceInstance, int>(descriptor, this, value);
    }
    if (type == kOfxParamTypeString)
      return new Text(descriptor, this, given ? *given : properties.getStringProperty(preset));
    if (type == kOfxParamTypeGroup)
      return new param::GroupInstance(descriptor, this);
    if (type == kOfxParamTypePage)
      return new param::PageInstance(descriptor, this);
    return nullptr;
  }
  OfxStatus editBegin(const std::string &) override { return kOfxStatOK; }
  OfxStatus editEnd() override { return kOfxStatOK; }

  void progressStart(const std::string &, const std::string &) override {}
  void progressEnd() override {}
  bool progressUpdate(double) override { return true; }
  double timeLineGetTime() override { return 0; }
  void timeLineGotoTime(double) override {}
  void timeLineGetBounds(double &first, double &last) override { first = last = 0; }

private:
  static int choice(OFX::Host::Property::Set &properties, const std::string &word) {
    int count = properties.getDimension(kOfxParamPropChoiceOption);
    for (int index = 0; index < count; index++)
      if (properties.getStringProperty(kOfxParamPropChoiceOption, index) == word)
        return index;
    throw std::runtime_error("cannot choose " + word);
  }

  const Shot &shot;
  const std::string fields;
};

class Host : public Talking<effect::Host> {
public:
  explicit Host(const Shot &shot) : shot(shot) {
    _properties.setIntProperty(kOfxPropAPIVersion, 1, 0);
    _properties.setIntProperty(kOfxPropAPIVersion, 4, 1);
    _properties.setStringProperty(kOfxPropName, "org.dcdp.test.HostSupport");
    _properties.setStringProperty(kOfxPropLabel, "HostSupport");
    for (const char *name : {kOfxImageEffectPropSupportsMultiResolution, kOfxImageEffectPropSupportsTiles,
                             kOfxImageEffectPropTemporalClipAccess})
      _properties.setIntProperty(name, 1);
    const char *contexts[] = {kOfxImageEffectContextFilter, kOfxImageEffectContextGeneral};
    const char *components[] = {kOfxImageComponentRGBA, kOfxImageComponentAlpha};
    for (int index = 0; index < 2; index++) {
      _properties.setStringProperty(kOfxImageEffectPropSupportedContexts, contexts[index], index);
      _properties.setStringProperty(kOfxImageEffectPropSupportedComponents, components[index], index);
    }
    _properties.setStringProperty(kOfxImageEffectPropSupportedPixelDepths, kOfxBitDepthFloat);
    _properties.setIntProperty(kOfxParamHostPropMaxParameters, -1);
  }

  effect::Instance *newInstance(void *, effect::ImageEffectPlugin *plugin, effect::Descriptor &descriptor,
                                const std::string &context) override {
    return new Instance(plugin, descriptor, context, shot);
  }
  effect::Descriptor *makeDescriptor(effect::ImageEffectPlugin *plugin) override {
    return new effect::Descriptor(plugin);
  }
  effect::Descriptor *makeDescriptor(const effect::Descriptor &root, effect::ImageEffectPlugin *plugin) override {
    return new effect::Descriptor(root, plugin);
  }
  effect::Descriptor *makeDescriptor(const std::string &bundle, effect::ImageEffectPlugin *plugin) override {
    return new effect::Descriptor(bundle, plugin);
  }

private:
  const Shot &shot;
};

std::vector<float> read(const std::string &path, size_t samples) {
  std::vector<float> pixels(samples);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char *>(pixels.data()), samples * sizeof(float));
  check(bool(file), "read " + path);
  return pixels;
}

bool worked(OfxStatus status) { return status == kOfxStatOK || status == kOfxStatReplyDefault; }

// Fills `result` also when the plug-in fails to render.
void render(effect::PluginCache &cache, const std::string &identifier, const Shot &shot,
            std::vector<float> &result) {
  effect::ImageEffectPlugin *plugin = cache.getPluginById(identifier);
  check(plugin, "find " + identifier);
  const char *context = shot.mask.empty() ? kOfxImageEffectContextFilter : kOfxImageEffectContextGeneral;
  std::unique_ptr<effect::Instance> instance(plugin->createInstance(context, nullptr));
  check(bool(instance), "make an instance");
  check(worked(instance->createInstanceAction()), "create the instance");
  check(instance->getClipPreferences(), "settle the clips' preferences");

  OfxPointD scale = {1, 1};
  OfxRectI window = {0, 0, shot.width, shot.height};
  OfxRectD canonical = {0, 0, double(shot.width), double(shot.height)};
  OfxRectD defined;
  check(worked(instance->getRegionOfDefinitionAction(0, scale, defined)), "get the region of definition");
  check(defined.x2 == shot.width && defined.y2 == shot.height, "keep the frame's size");
  std::map<effect::ClipInstance *, OfxRectD> regions;
  check(worked(instance->getRegionOfInterestAction(0, scale, canonical, regions)), "get the regions of interest");
  check(worked(instance->beginRenderAction(0, 0, 1, false, scale, true, false)), "begin to render");
  OfxStatus status = instance->renderAction(0, kOfxImageFieldNone, window, scale, true, false, false);
  check(worked(instance->endRenderAction(0, 0, 1, false, scale, true, false)), "end rendering");
  auto *clip = dynamic_cast<Clip *>(instance->getClip(kOfxImageEffectOutputClipName));
  check(clip && clip->output, "see the result");
  result = clip->output->pixels;
  check(status == kOfxStatOK, "render");
}

void write(const std::string &path, const std::vector<float> &pixels) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(pixels.data()), pixels.size() * sizeof(float));
  file.close();
  check(bool(file), "write " + path);
}

void run(const std::vector<std::string> &arguments) {
  check(arguments.size() >= 5, "run: host PLUGIN WIDTH HEIGHT SOURCE TARGET [mask=FILE] [NAME=VALUE…]");
  Shot shot{std::stoi(arguments[1]), std::stoi(arguments[2]), {}, {}, {}};
  shot.source = read(arguments[3], shot.samples());
  for (size_t index = 5; index < arguments.size(); index++) {
    size_t equals = arguments[index].find('=');
    check(equals != std::string::npos, "understand " + arguments[index]);
    shot.settings[arguments[index].substr(0, equals)] = arguments[index].substr(equals + 1);
  }
  auto mask = shot.settings.find("mask");
  if (mask != shot.settings.end())
    shot.mask = read(mask->second, shot.samples());

  Host host(shot);
  effect::PluginCache cache(host);
  OFX::Host::PluginCache &plugins = *OFX::Host::PluginCache::getPluginCache();
  plugins.setCacheVersion("dcdp");
  cache.registerInCache(plugins);
  plugins.scanPluginFiles();
  std::vector<float> result;
  try {
    render(cache, arguments[0], shot, result);
  } catch (...) {
    write(arguments[4], result);
    throw;
  }
  write(arguments[4], result);
  OFX::Host::PluginCache::clearPluginCache();
}

} // namespace

int main(int count, char **arguments) {
  try {
    run({arguments + 1, arguments + count});
    return 0;
  } catch (const std::exception &error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
